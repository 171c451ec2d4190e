import { Buffer } from 'buffer/';

/** The rest of Node.js that the code takes for granted. */
type Task = () => void;

const channel = new MessageChannel();
const tasks: Task[] = [];
channel.port1.onmessage = () => tasks.shift()?.();

/** A message is a task of its own: as with Node.js's next tick, everything that promises can do is done before it. */
function nextTask(task: Task): void {
  tasks.push(task);
  channel.port2.postMessage(undefined);
}

const process = { env: {}, nextTick: nextTask, platform: 'browser', argv: [], stdout: {} };

export { Buffer, nextTask as setImmediate, process };
