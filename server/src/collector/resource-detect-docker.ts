/** What the Docker daemon tells of the machine and of the container that this process runs in, through its socket. */
import {errorMessage} from '../base/index.ts';
import {askJson, textAt} from './metadata-request.ts';
import {type Detected, type Detection, detector, off, on, textList, texts} from './resource-detector.ts';

const ofContainer = ['container.name', 'container.image.id', 'container.image.name', 'container.image.tags'];

export const docker = detector({
  about: 'the machine that the Docker daemon runs on, and the container that this process runs in',
  attributes: {...on('host.name', 'os.type'), ...off(...ofContainer)},
  async detect(detection) {
    try {
      return await askDaemon(detection);
    } catch (error) {
      if (detection.mustBeThere) throw error;
      detection.log.warn({detector: 'docker'}, `nothing is known of the container: ${errorMessage(error)}`);
      return {};
    }
  },
});

async function askDaemon({around, signal, isEnabled}: Detection<object>): Promise<Detected> {
  const socketPath = /^unix:\/\/(.+)$/.exec(around.env.DOCKER_HOST ?? '')?.[1] ?? '/var/run/docker.sock';
  const ask = (path: string): Promise<unknown> =>
    askJson(`http://docker${path}`, {socketPath, signal}).catch((error) => {
      throw new Error(`the Docker daemon at ${errorMessage(error)}`, {cause: error});
    });
  const info = await ask('/info');
  const found = texts({'host.name': textAt(info, 'Name'), 'os.type': textAt(info, 'OSType')});
  if (!ofContainer.some(isEnabled)) return found;
  // A container's host name is its id, where nobody gave it another.
  const own = await ask(`/containers/${encodeURIComponent(around.os.hostname())}/json`);
  const [, image, tag] = /^([^@]*?)(?::([^:/@]+))?(?:@.*)?$/.exec(textAt(own, 'Config', 'Image') ?? '') ?? [];
  return {
    ...found,
    ...texts({
      'container.name': textAt(own, 'Name')?.replace(/^\//, ''),
      'container.image.id': textAt(own, 'Image'),
      'container.image.name': image,
    }),
    'container.image.tags': textList(tag === undefined ? [] : [tag]),
  };
}
