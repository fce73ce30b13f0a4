/**
 * What can be allowed or forbidden: each action with the list of the ACLs that speaks of it and what it is done to.
 * Names of actions, lists and objects are Mesos' (authorizer.proto and acls.proto of 1.11), so that its files of ACLs
 * can be used as they are.
 */

/**
 * How the objects of a list are compared: `name` as they are; `role` likewise, but `a/%` stands for all roles below
 * `a`; `path` as they are, from the list of paths that are asked about; `any`: there is only one, so that a rule can
 * only say ANY or NONE.
 */
export type ObjectKind = 'name' | 'role' | 'path' | 'any';

interface ActionRow {
  readonly list: string;
  /** Name of the objects in a rule, beside `principals`. */
  readonly objects: string;
  readonly kind: ObjectKind;
}

function row<const L extends string>(list: L, objects: string, kind: ObjectKind): ActionRow & { readonly list: L } {
  return { list, objects, kind };
}

export const ACTIONS = {
  REGISTER_FRAMEWORK: row('register_frameworks', 'roles', 'role'),
  /** Users are those of the operating system. */
  RUN_TASK: row('run_tasks', 'users', 'name'),
  TEARDOWN_FRAMEWORK: row('teardown_frameworks', 'framework_principals', 'name'),
  RESERVE_RESOURCES: row('reserve_resources', 'roles', 'role'),
  UNRESERVE_RESOURCES: row('unreserve_resources', 'reserver_principals', 'name'),
  CREATE_VOLUME: row('create_volumes', 'roles', 'role'),
  DESTROY_VOLUME: row('destroy_volumes', 'creator_principals', 'name'),
  RESIZE_VOLUME: row('resize_volumes', 'roles', 'role'),
  CREATE_BLOCK_DISK: row('create_block_disks', 'roles', 'role'),
  DESTROY_BLOCK_DISK: row('destroy_block_disks', 'roles', 'role'),
  CREATE_MOUNT_DISK: row('create_mount_disks', 'roles', 'role'),
  DESTROY_MOUNT_DISK: row('destroy_mount_disks', 'roles', 'role'),
  DESTROY_RAW_DISK: row('destroy_raw_disks', 'roles', 'role'),
  GET_QUOTA: row('get_quotas', 'roles', 'role'),
  UPDATE_QUOTA: row('update_quotas', 'roles', 'role'),
  UPDATE_WEIGHT: row('update_weights', 'roles', 'role'),
  VIEW_ROLE: row('view_roles', 'roles', 'role'),
  VIEW_FRAMEWORK: row('view_frameworks', 'users', 'name'),
  VIEW_TASK: row('view_tasks', 'users', 'name'),
  VIEW_EXECUTOR: row('view_executors', 'users', 'name'),
  VIEW_CONTAINER: row('view_containers', 'users', 'name'),
  VIEW_FLAGS: row('view_flags', 'flags', 'any'),
  GET_ENDPOINT_WITH_PATH: row('get_endpoints', 'paths', 'path'),
  ACCESS_SANDBOX: row('access_sandboxes', 'users', 'name'),
  ACCESS_MESOS_LOG: row('access_mesos_logs', 'logs', 'any'),
  SET_LOG_LEVEL: row('set_log_level', 'level', 'any'),
  REGISTER_AGENT: row('register_agents', 'agents', 'any'),
  UPDATE_MAINTENANCE_SCHEDULE: row('update_maintenance_schedules', 'machines', 'any'),
  GET_MAINTENANCE_SCHEDULE: row('get_maintenance_schedules', 'machines', 'any'),
  START_MAINTENANCE: row('start_maintenances', 'machines', 'any'),
  STOP_MAINTENANCE: row('stop_maintenances', 'machines', 'any'),
  GET_MAINTENANCE_STATUS: row('get_maintenance_statuses', 'machines', 'any'),
  DRAIN_AGENT: row('drain_agents', 'agents', 'any'),
  DEACTIVATE_AGENT: row('deactivate_agents', 'agents', 'any'),
  REACTIVATE_AGENT: row('reactivate_agents', 'agents', 'any'),
  MARK_AGENT_GONE: row('mark_agents_gone', 'agents', 'any'),
  /** Of a nested container there are two questions: below whose executor it runs, and as whom it runs itself. */
  LAUNCH_NESTED_CONTAINER: row('launch_nested_containers_under_parent_with_user', 'users', 'name'),
  LAUNCH_NESTED_CONTAINER_AS_USER: row('launch_nested_containers_as_user', 'users', 'name'),
  LAUNCH_NESTED_CONTAINER_SESSION: row('launch_nested_container_sessions_under_parent_with_user', 'users', 'name'),
  LAUNCH_NESTED_CONTAINER_SESSION_AS_USER: row('launch_nested_container_sessions_as_user', 'users', 'name'),
  ATTACH_CONTAINER_INPUT: row('attach_containers_input', 'users', 'name'),
  ATTACH_CONTAINER_OUTPUT: row('attach_containers_output', 'users', 'name'),
  KILL_NESTED_CONTAINER: row('kill_nested_containers', 'users', 'name'),
  WAIT_NESTED_CONTAINER: row('wait_nested_containers', 'users', 'name'),
  REMOVE_NESTED_CONTAINER: row('remove_nested_containers', 'users', 'name'),
  LAUNCH_STANDALONE_CONTAINER: row('launch_standalone_containers', 'users', 'any'),
  KILL_STANDALONE_CONTAINER: row('kill_standalone_containers', 'users', 'any'),
  WAIT_STANDALONE_CONTAINER: row('wait_standalone_containers', 'users', 'any'),
  REMOVE_STANDALONE_CONTAINER: row('remove_standalone_containers', 'users', 'any'),
  VIEW_STANDALONE_CONTAINER: row('view_standalone_containers', 'users', 'any'),
  MODIFY_RESOURCE_PROVIDER_CONFIG: row('modify_resource_provider_configs', 'resource_providers', 'any'),
  MARK_RESOURCE_PROVIDER_GONE: row('mark_resource_providers_gone', 'resource_providers', 'any'),
  VIEW_RESOURCE_PROVIDER: row('view_resource_providers', 'resource_providers', 'any'),
  PRUNE_IMAGES: row('prune_images', 'images', 'any'),
} as const;

export type Action = keyof typeof ACTIONS;
export type ListName = (typeof ACTIONS)[Action]['list'];

/** Paths that GET_ENDPOINT_WITH_PATH is asked about, without `/master` or `/slave(1)`. */
export const AUTHORIZABLE_PATHS: readonly string[] = [
  '/containers',
  '/containerizer/debug',
  '/files/debug',
  '/logging/toggle',
  '/metrics/snapshot',
  '/monitor/statistics',
];
