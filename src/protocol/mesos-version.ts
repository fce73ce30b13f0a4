/** The version of Mesos whose interfaces mete has: masters and agents say it, and others decide by it what to ask. */
export const MESOS_VERSION = '1.11.0';
