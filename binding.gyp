# The native engine for node-gyp: machines without CMake, and prebuilt binaries. Same sources as CMakeLists.txt.
{
  'targets': [
    {
      'target_name': 'mete_engine',
      'sources': [
        '<!@(node -p "fs.readFileSync(\'native/sources.txt\', \'utf8\').match(/^native.*[.]cc$/gm).join(\' \')")',
      ],
      'include_dirs': ['native', '<!(node -p "require(\'node-addon-api\').include_dir")'],
      'defines': [
        'NDEBUG',
        'NAPI_VERSION=8',
        'NODE_ADDON_API_DISABLE_DEPRECATED',
        'NAPI_CPP_EXCEPTIONS',
        'METE_VERSION="<!(node -p "require(\'./package.json\').version")"',
      ],
      'cflags_cc': [
        '-std=c++20', '-O3', '-Wall', '-Wextra', '-ffp-contract=off', '-fno-fast-math', '-fvisibility=hidden',
      ],
      'cflags_cc!': ['-std=gnu++17', '-std=gnu++20', '-fno-exceptions', '-fno-rtti'],
      'cflags!': ['-fno-exceptions'],
      'xcode_settings': {
        'CLANG_CXX_LANGUAGE_STANDARD': 'c++20',
        'GCC_ENABLE_CPP_EXCEPTIONS': 'YES',
        'GCC_OPTIMIZATION_LEVEL': '3',
        'GCC_SYMBOLS_PRIVATE_EXTERN': 'YES',
        'MACOSX_DEPLOYMENT_TARGET': '11.0',
        'OTHER_CPLUSPLUSFLAGS': ['-ffp-contract=off', '-fno-fast-math', '-Wall', '-Wextra'],
      },
      'msvs_settings': {
        'VCCLCompilerTool': { 'ExceptionHandling': 1, 'AdditionalOptions': ['/std:c++20', '/fp:precise', '/utf-8'] },
      },
    },
  ],
}
