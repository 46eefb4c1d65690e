/** What the Docker daemon tells of the machine and of the container that this process runs in, through its socket. */
import {request} from 'node:http';
import {type Detected, type Surroundings, textList, textValue} from './resource-detector.ts';

const maxAnswerBytes = 1 << 20;

export async function detectDocker(
  around: Surroundings,
  signal: AbortSignal,
  isEnabled: (attribute: string) => boolean,
): Promise<Detected> {
  const socket = /^unix:\/\/(.+)$/.exec(around.env.DOCKER_HOST ?? '')?.[1] ?? '/var/run/docker.sock';
  const info = await ask(socket, '/info', signal);
  const found: Record<string, Detected[string]> = {
    'host.name': textValue(text(info.Name)),
    'os.type': textValue(text(info.OSType)),
  };
  const ofContainer = ['container.name', 'container.image.name', 'container.image.id', 'container.image.tags'];
  if (!ofContainer.some(isEnabled)) return found;
  // A container's host name is its id, where nobody gave it another.
  const own = await ask(socket, `/containers/${encodeURIComponent(around.os.hostname())}/json`, signal);
  const config = (own.Config ?? {}) as Readonly<Record<string, unknown>>;
  const [, image = '', tag] = /^([^@]*?)(?::([^:/@]+))?(?:@.*)?$/.exec(text(config.Image) ?? '') ?? [];
  found['container.name'] = textValue(text(own.Name)?.replace(/^\//, ''));
  found['container.image.id'] = textValue(text(own.Image));
  found['container.image.name'] = textValue(image);
  found['container.image.tags'] = textList(tag === undefined ? [] : [tag]);
  return found;
}

const text = (value: unknown): string | undefined => (typeof value === 'string' ? value : undefined);

function ask(socketPath: string, path: string, signal: AbortSignal): Promise<Readonly<Record<string, unknown>>> {
  return new Promise((resolve, reject) => {
    const fail = (error: Error): void => reject(new Error(`the Docker daemon at ${socketPath}: ${error.message}`));
    const asked = request({socketPath, path, signal, headers: {host: 'docker'}}, (answer) => {
      const parts: Buffer[] = [];
      let bytes = 0;
      answer.on('data', (part: Buffer) => {
        parts.push(part);
        bytes += part.length;
        if (bytes > maxAnswerBytes) asked.destroy(new Error('its answer is too long'));
      });
      answer.on('error', fail);
      answer.on('end', () => {
        if (answer.statusCode !== 200) return fail(new Error(`it answers ${path} with ${answer.statusCode}`));
        try {
          resolve(JSON.parse(Buffer.concat(parts).toString()));
        } catch {
          fail(new Error('its answer is no JSON'));
        }
      });
    });
    asked.on('error', fail);
    asked.end();
  });
}
