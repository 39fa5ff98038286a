// A member of a consumer group, over Kafka's protocol: JoinGroup and SyncGroup, both version 0.
import { connect } from 'node:net';

const int16 = (value) => { const out = Buffer.alloc(2); out.writeInt16BE(value); return out; };
const int32 = (value) => { const out = Buffer.alloc(4); out.writeInt32BE(value); return out; };
const text = (value) => Buffer.concat([int16(Buffer.byteLength(value)), Buffer.from(value)]);
const bytes = (value) => Buffer.concat([int32(value.length), value]);
const list = (items) => Buffer.concat([int32(items.length), ...items]);

/** Sends one request; the body of its answer. */
function ask(socket, key, clientId, body) {
  const request = Buffer.concat([int16(key), int16(0), int32(1), text(clientId), body]);
  return new Promise((resolve, reject) => {
    let answer = Buffer.alloc(0);
    const onData = (more) => {
      answer = Buffer.concat([answer, more]);
      if (answer.length < 4 || answer.length < 4 + answer.readInt32BE(0)) return;
      socket.off('data', onData);
      resolve(answer.subarray(8));
    };
    socket.on('data', onData);
    socket.once('error', reject);
    socket.write(bytes(request));
  });
}

function checkError(answer, what) {
  if (answer.readInt16BE(0) !== 0) throw new Error(`${what} answers error ${answer.readInt16BE(0)}`);
}

/** Joins `group` as its only member, which reads `partitions` of `topic`; `use` with its id, then it is gone. */
export async function withMember(kafka, { group, clientId, topic, partitions }, use) {
  const [host, port] = kafka.split(':');
  const socket = connect(Number(port), host);
  try {
    const subscription = Buffer.concat([int16(0), list([text(topic)]), int32(-1)]);
    const joined = await ask(socket, 11, clientId, Buffer.concat([text(group), int32(60_000), text(''), text('consumer'), list([Buffer.concat([text('range'), bytes(subscription)])])]));
    checkError(joined, 'JoinGroup');
    let at = 6;
    const next = () => { const length = joined.readInt16BE(at); at += 2 + length; return joined.toString('utf8', at - length, at); };
    next();  // the assignor
    next();  // the leader, who is this one
    const id = next();
    const assignment = Buffer.concat([int16(0), list([Buffer.concat([text(topic), list(partitions.map(int32))])]), int32(-1)]);
    checkError(await ask(socket, 14, clientId, Buffer.concat([text(group), joined.subarray(2, 6), text(id), list([Buffer.concat([text(id), bytes(assignment)])])])), 'SyncGroup');
    return await use(id);
  } finally {
    socket.destroy();
  }
}
