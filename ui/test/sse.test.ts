import assert from 'node:assert/strict';
import { test } from 'node:test';
import { SseParser, openEvents, type StreamState } from '../src/api/sse';

test('events are found whatever the cuts between chunks', () => {
  const text = ': comment\nevent: report\ndata: {"a":1}\n\ndata: first\r\ndata: second\r\n\r\nevent: lonely\n\nid: 7\ndata: x\n\n';
  const whole = new SseParser().push(text);
  assert.deepEqual(whole.map(({ event, data }) => [event, data]), [['report', '{"a":1}'], ['message', 'first\nsecond'], ['message', 'x']]);
  for (let size = 1; size < 9; size++) {
    const parser = new SseParser();
    const events = [];
    for (let at = 0; at < text.length; at += size) events.push(...parser.push(text.slice(at, at + size)));
    assert.deepEqual(events, whole, `chunks of ${size}`);
  }
});

test('an event whose end is missing is not given out', () => {
  const parser = new SseParser();
  assert.deepEqual(parser.push('data: half'), []);
  assert.equal(parser.push('\n\n')[0].data, 'half');
});

function answer(text: string, status = 200): Response {
  return new Response(text, { status });
}

/** Runs a stream against given answers and waits until `done`. */
async function follow(answers: (() => Promise<Response>)[], done: (seen: unknown[], states: StreamState[]) => boolean, reconnect = true) {
  const seen: unknown[] = [];
  const states: StreamState[] = [];
  const waits: number[] = [];
  let asked = 0;
  await new Promise<void>((resolve) => {
    const close = openEvents('x', {
      reconnect,
      onEvent: (name, data) => { seen.push([name, data]); },
      onState: (state) => { states.push(state); if (done(seen, states)) setTimeout(() => { close(); resolve(); }); },
      fetch: () => (answers[asked++] ?? answers[answers.length - 1])(),
      delay: (millis) => { waits.push(millis); return new Promise((next) => { setImmediate(next); }); },
    });
  });
  return { seen, states, waits, asked };
}

test('a stream that ends is opened again, with growing pauses while it fails', async () => {
  const fails = () => Promise.reject(new TypeError('refused'));
  const { seen, waits } = await follow([() => Promise.resolve(answer('data: 1\n\n')), fails, fails, fails, () => Promise.resolve(answer('data: 2\n\n'))],
    (events, states) => events.length >= 2 && states.at(-1) === 'waiting');
  assert.deepEqual(seen.slice(0, 2), [['message', 1], ['message', 2]]);
  assert.deepEqual(waits.slice(0, 5), [500, 1000, 2000, 4000, 500]);
});

test('what the server refuses is not asked for again', async () => {
  const { states, asked } = await follow([() => Promise.resolve(answer('{"error":{"message":"no such job"}}', 404))], (_events, all) => all.at(-1) === 'closed');
  assert.deepEqual(states, ['connecting', 'closed']);
  assert.equal(asked, 1);
});

test('a search is asked once', async () => {
  const { seen, asked } = await follow([() => Promise.resolve(answer('event: row\ndata: {"cells":["a"]}\n\nevent: done\ndata: {}\n\n'))], (_events, all) => all.at(-1) === 'closed', false);
  assert.deepEqual(seen, [['row', { cells: ['a'] }], ['done', {}]]);
  assert.equal(asked, 1);
});
