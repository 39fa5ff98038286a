// usage: node test/ui/run.mjs [FILTER]    UI_URL=http://…/ takes a running server instead of a demo of its own.
import { runAll } from './harness.mjs';
import { crowd, demo, fixture, stopAll } from './servers.mjs';
import './shell.mjs';
import './jobs.mjs';
import './topics.mjs';
import './schemas.mjs';
import './groups.mjs';
import './sql.mjs';
import './states.mjs';
import './speed.mjs';
import './audit.mjs';

process.on('exit', stopAll);
process.on('SIGINT', () => process.exit(130));
process.on('SIGTERM', () => process.exit(143));

try {
  const servers = process.env.UI_URL ? { url: process.env.UI_URL } : await demo();
  for (const state of ['empty', 'error', 'long']) servers[state] = await fixture(state);
  let url;
  servers.crowd = () => (url ??= crowd());  // only for the tests that ask: it keeps a core busy
  const { passed, failed } = await runAll(servers, process.argv[2]);
  console.log(`${passed} passed, ${failed} failed`);
  process.exit(failed === 0 && passed > 0 ? 0 : 1);
} catch (failure) {
  console.log(`FAIL the servers do not start: ${failure.message}`);
  console.log('0 passed, 1 failed');
  process.exit(1);
}
