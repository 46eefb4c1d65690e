import {describe, expect, test} from 'vitest';
import {createTurnGate} from './turn-gate.ts';

const never = new AbortController().signal;

/** Work that ends when it is told to, and the order in which all began. */
function works() {
  const began: string[] = [];
  const ends = new Map<string, () => void>();
  return {
    began,
    work: (name: string) => () => {
      began.push(name);
      return new Promise<void>((resolve) => ends.set(name, resolve));
    },
    end: (name: string) => ends.get(name)?.(),
  };
}

describe('turn gate', () => {
  test('who asks much does not keep others out', async () => {
    const gate = createTurnGate({running: 2, waitingEach: 2, waiting: 10});
    const {began, work, end} = works();
    const all = ['a1', 'a2', 'a3', 'a4'].map((name) => gate.run('a', never, work(name)));
    await expect(gate.run('a', never, work('a5'))).rejects.toThrow('2 statements run and 2 wait');
    all.push(gate.run('b', never, work('b1')), gate.run('c', never, work('c1')));
    await expect.poll(() => began).toEqual(['a1', 'a2']);
    end('a1');
    await expect.poll(() => began).toEqual(['a1', 'a2', 'b1']);
    end('a2');
    await expect.poll(() => began).toEqual(['a1', 'a2', 'b1', 'a3']);
    end('b1');
    await expect.poll(() => began).toEqual(['a1', 'a2', 'b1', 'a3', 'c1']);
    end('c1');
    // The second place is kept from it: others asked not long ago, and need not wait now.
    all.push(gate.run('b', never, work('b2')));
    await expect.poll(() => began).toEqual(['a1', 'a2', 'b1', 'a3', 'c1', 'b2']);
    end('a3');
    await expect.poll(() => began).toEqual(['a1', 'a2', 'b1', 'a3', 'c1', 'b2', 'a4']);
    end('b2');
    end('a4');
    await Promise.all(all);
  });

  test('who has been alone for long has all places again', async () => {
    const gate = createTurnGate({running: 2, waitingEach: 2, waiting: 10});
    await gate.run('b', never, async () => {});
    const {began, work, end} = works();
    const first = gate.run('a', never, work('a1'));
    const second = gate.run('a', never, work('a2'));
    await expect.poll(() => began).toEqual(['a1']);
    end('a1');
    await first;
    await expect.poll(() => began).toEqual(['a1', 'a2']);
    end('a2');
    await second;
    for (let n = 0; n < 20; n++) await gate.run('a', never, async () => {});
    const both = [gate.run('a', never, work('a3')), gate.run('a', never, work('a4'))];
    await expect.poll(() => began).toEqual(['a1', 'a2', 'a3', 'a4']);
    end('a3');
    end('a4');
    await Promise.all(both);
  });

  test('who leaves while waiting takes no turn, and all together are bounded', async () => {
    const gate = createTurnGate({running: 1, waitingEach: 2, waiting: 1});
    const {began, work, end} = works();
    const first = gate.run('a', never, work('a1'));
    const gone = new AbortController();
    const left = gate.run('b', gone.signal, work('b1'));
    await expect(gate.run('c', never, work('c1'))).rejects.toThrow('1 statements run and 1 wait');
    gone.abort(new Error('gone'));
    await expect(left).rejects.toThrow('gone');
    const next = gate.run('c', never, work('c2'));
    end('a1');
    await first;
    await expect.poll(() => began).toEqual(['a1', 'c2']);
    end('c2');
    await next;
  });
});
