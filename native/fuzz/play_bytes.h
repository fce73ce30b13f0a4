/**
 * Turns bytes into programs for an engine and plays them: mostly valid operations on small ids, spoilt here and there,
 * so that a fuzzer soon gets past the checks. Whatever the bytes, nothing but EngineErrors may come of it.
 */
#pragma once

#include <cstddef>
#include <cstdint>
#include <vector>

#include "core/engine.h"

namespace mete {

class BytePlayer {
 public:
  BytePlayer(const uint8_t* data, size_t size)
      : at_(data), end_(data + size), kinds_(below(5)), engine_(optionsOf()) {}

  /** Plays until the bytes run out. */
  void play() {
    setUp();
    while (at_ < end_) {
      const int choice = below(16);
      if (choice < 11) {
        writeOperation(1 + below(Op::END));
      } else if (choice < 14) {
        flush();
        refusing([this] { engine_.cycle(run_++, below(4) > 0); });
      } else {
        flush();
        refusing([this] { look(); });
      }
    }
    flush();
    engine_.cycle(run_, true);
  }

 private:
  /** The next byte, 0 after the last. */
  int byte() { return at_ < end_ ? *at_++ : 0; }
  int below(int count) { return byte() % count; }

  EngineOptions optionsOf() {
    const int bits = byte();
    return checkOptions(kinds_, byte(), (bits & 1) != 0, (bits & 2) != 0, (bits & 8) != 0, (bits & 4) == 0);
  }

  template <typename Call>
  static void refusing(Call call) {
    try {
      call();
    } catch (const EngineError&) {
      // refused, as it should be
    }
  }

  void flush() {
    refusing([this] { engine_.apply(program_.data(), program_.size(), static_cast<double>(program_.size())); });
    program_.clear();
  }

  void look() {
    const double node = id();
    engine_.sort(node);
    engine_.shuffle(node, byte());
    engine_.readNode(node);
    engine_.counters();
  }

  void write(double number) { program_.push_back(number); }

  /** A small id; seldom one that cannot be. */
  double id() {
    const int value = byte();
    if (value < 240) return value % 12;
    return value < 250 ? value * 1000.0 : -1;
  }

  double amount() {
    const int value = byte();
    if (value < 60) return 0;
    if (value < 240) return (value % 16) * 100.0;
    if (value < 250) return -100.0 * (value % 16);
    return value == 255 ? 1e308 * 10 : value * 1e15;
  }

  void vector() {
    for (int k = 0; k < kinds_; k++) write(amount());
  }

  /** A tree for roles, two roles with a client each, an agent, a value. */
  void setUp() {
    for (const double number : {22.0, 0.0, 0.0, 3.0, 0.0, -1.0, 0.0, 1.0, 1.0}) write(number);
    for (int i = 0; i < 2; i++) {
      const double role = i;
      for (const double number : {3.0, 1 + 3 * role, 0.0, role, 2.0, 1.0, 3.0, 2 + 3 * role, -1.0, 0.0, 1.0, 1.0}) {
        write(number);
      }
      for (const double number : {3.0, 3 + 3 * role, 2 + 3 * role, 0.0, 2.0, 1.0}) write(number);
      for (const double number : {10.0, role, 1 + 3 * role, 2 + 3 * role, -1.0, 9.0}) write(number);
      for (const double number : {14.0, role, 3 + 3 * role, role, 0.0, 255.0, 0.0, -1.0}) write(number);
    }
    for (const double number : {29.0, 0.0, 2.0, 1.0, 5.0, 16.0, 0.0, 1.0, 1.0, 0.0}) write(number);
    flush();
  }

  void writeNumbers(int ids, int amounts) {
    for (int i = 0; i < ids; i++) write(id());
    for (int i = 0; i < amounts; i++) write(amount());
  }

  void writeOperation(int opcode) {
    write(opcode);
    switch (opcode) {
      case Op::SET_TOTALS:
      case Op::SET_UNFAIR_KINDS: vector(); break;
      case Op::ADD_NODE:
        writeNumbers(2, 1);
        write(1 + below(3));
        write(1 + below(4));
        break;
      case Op::SET_NODE_STATE:
        writeNumbers(1, 0);
        write(1 + below(3));
        break;
      case Op::SET_NODE_WEIGHT:
      case Op::SET_NODE_LABEL: writeNumbers(1, 1); break;
      case Op::ALLOCATE:
      case Op::ADJUST_NODE:
        writeNumbers(1, 1);
        vector();
        break;
      case Op::SET_ROLE: writeNumbers(5, 0); break;
      case Op::SET_QUOTA:
        writeNumbers(1, 0);
        vector();
        vector();
        break;
      case Op::CONSUME:
        writeNumbers(1, 0);
        vector();
        break;
      case Op::SET_CLIENT:
        writeNumbers(3, 0);
        write(below(16));
        write(byte());
        writeNumbers(2, 0);
        break;
      case Op::SET_AGENT:
        writeNumbers(1, 0);
        write(byte());
        write(below(8) > 0 ? 1 : 0);
        write(below(16));
        break;
      case Op::SET_AVAILABLE: writeAvailable(); break;
      case Op::ADD_REFUSAL: writeRefusal(); break;
      case Op::SET_REFUSED:
      case Op::SET_EXCLUDED:
        writeNumbers(2, 0);
        write(below(2));
        break;
      case Op::SET_MINIMUM: writeMinimum(); break;
      case Op::HOLD_SHARED:
      case Op::HOLD_SHARED_NODE:
        writeNumbers(3, 0);
        write(below(4));
        write(amount());
        write(below(5) - 2);
        break;
      case Op::COPY_NODE: writeNumbers(2, 0); break;
      case Op::HOLD:
        writeNumbers(1, 1);
        vector();
        vector();
        break;
      case Op::DEFINE_VALUE: writeValue(); break;
      default: writeNumbers(1, 0); break;
    }
  }

  void writeAvailable() {
    writeNumbers(1, 0);
    vector();
    const int count = below(4);
    write(count);
    for (int l = 0; l < count; l++) {
      writeNumbers(1, 0);
      write(below(4));
      write(below(64));
      write(below(4) - 1);
      write(amount());
      write(below(3) - 1);
    }
  }

  void writeRefusal() {
    writeNumbers(2, 0);
    vector();
    const int count = below(3);
    write(count);
    for (int l = 0; l < count; l++) {
      writeNumbers(1, 1);
      write(below(3) - 1);
    }
  }

  void writeMinimum() {
    writeNumbers(1, 0);
    const int count = below(3);
    write(count);
    for (int a = 0; a < count; a++) {
      const int entries = below(3);
      write(entries);
      for (int e = 0; e < entries; e++) {
        write(below(4));
        write(amount());
      }
    }
  }

  void writeValue() {
    write(values_++);
    const int count = 2 * below(4);
    write(count);
    for (int i = 0; i < count; i++) write(byte());
  }

  const uint8_t* at_;
  const uint8_t* const end_;
  const int kinds_;
  Engine engine_;
  std::vector<double> program_;
  double run_ = 1;
  int values_ = 1;
};

}  // namespace mete
