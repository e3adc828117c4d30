#!/usr/bin/env node
// Syntax that any Node parses: the rest of the program is loaded only where it can run.
const LEAST_NODE_MAJOR = 24;
const major = Number.parseInt(process.versions.node, 10);
if (major >= LEAST_NODE_MAJOR) {
  const { run } = await import('./run.js');
  await run();
} else {
  console.error(`pairstream needs Node ${LEAST_NODE_MAJOR} or newer, and this is ${process.version}`);
  process.exitCode = 1;
}
