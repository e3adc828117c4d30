// Run as a process of its own: sends one request over and over, until it is stopped (SIGSTOP) or killed.
// Arguments: host:port, method path, file with the encoded request.
import { readFileSync } from 'node:fs';
import { Client, credentials, Metadata } from '@grpc/grpc-js';

const [target, path, requestFile] = process.argv.slice(2);
const identity = (bytes: Buffer): Buffer => bytes;
const client = new Client(target!, credentials.createInsecure());
const call = client.makeBidiStreamRequest(path!, identity, identity, new Metadata());
const request = readFileSync(requestFile!);
call.on('error', () => process.exit(1));
call.on('data', () => undefined);
const flood = (): void => {
  let hasRoom = true;
  while (hasRoom) hasRoom = call.write(request);
};
call.on('drain', flood);
flood();
