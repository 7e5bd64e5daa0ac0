import type { Socket } from 'node:net';
import type { FastifyInstance } from 'fastify';
import fp from 'fastify-plugin';

/**
 * Closes connections that have sent nothing once the server stops, as clients open them in advance. Node counts them as busy until their
 * headers time out, so one would hold up the end of the process.
 */
export const unusedConnections = fp(async (app: FastifyInstance) => {
  const open = new Set<Socket>();
  app.server.on('connection', (socket: Socket) => {
    open.add(socket);
    socket.once('close', () => open.delete(socket));
  });
  app.addHook('preClose', async () => {
    for (const socket of open) if (socket.bytesRead === 0) socket.destroy();
  });
});
