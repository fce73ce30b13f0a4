/** The version of Mesos whose interfaces the master has; clients decide by it what they may ask. */
export const MESOS_VERSION = '1.11.0';
