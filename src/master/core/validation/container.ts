/** Containers and their volumes. */
import type { ContainerInfo } from '../../../protocol/container.js';
import type { Refusal } from './refusal.js';

type Volume = NonNullable<ContainerInfo['volumes']>[number];

export function validateVolume(volume: Volume): Refusal {
  // A volume has exactly one origin; `source` is not known here.
  if ((volume.hostPath === undefined) !== (volume.image === undefined)) return null;
  return "Only one of them should be set: 'host_path', 'image' and 'source'";
}

export function validateContainer(container: ContainerInfo): Refusal {
  for (const volume of container.volumes ?? []) {
    const refusal = validateVolume(volume);
    if (refusal !== null) return `Invalid volume: ${refusal}`;
  }
  if (container.type !== 'DOCKER') return null;
  if (container.docker === undefined) return "DockerInfo 'docker' is not set for DOCKER typed ContainerInfo";
  const named = container.docker.parameters?.some((parameter) => parameter.key === 'name') ?? false;
  return named ? "Parameter in DockerInfo must not be 'name'" : null;
}

/** Whether the container says that it does not share the cgroups of its executor. */
export function hasOwnCgroups(container: ContainerInfo | undefined): boolean {
  return container?.linuxInfo?.shareCgroups === false;
}
