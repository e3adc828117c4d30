import { connect } from 'node:tls';
import { hostAndPort } from '../../../src/config/listen-host.js';

/** Serial number of the certificate that a port shows to a new connection. @param target host:port */
export async function serialNumberOf(target: string): Promise<string> {
  const { hostname: host, port } = new URL(`https://${target}`);
  return await new Promise((resolve, reject) => {
    const socket = connect({
      host,
      port: Number(port),
      rejectUnauthorized: false,
      ALPNProtocols: ['h2', 'http/1.1'],
    });
    socket.once('secureConnect', () => {
      resolve(socket.getPeerCertificate().serialNumber);
      socket.destroy();
    });
    socket.once('error', (cause) =>
      reject(new Error(`no TLS at ${hostAndPort(host, Number(port))}`, { cause })),
    );
  });
}
