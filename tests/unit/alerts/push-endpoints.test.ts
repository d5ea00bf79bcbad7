import { describe, expect, it } from 'vitest';
import { browserPushServices, onlyServices, publicOrLoopback } from '#server/alerts/push-endpoints.ts';

const inner = [
  'https://169.254.169.254/latest/meta-data',
  'https://10.0.0.5/push',
  'https://192.168.1.1:8443/',
  'https://0x0a000005/push',
  'https://167772165/push',
  'https://[fd00::1]/push',
  'https://[::ffff:10.0.0.5]/push',
  'https://couchdb:6984/consults',
  'https://couchdb./consults',
  'https://records.hospital.internal/push',
  'https://printer.local/push',
  'http://fcm.googleapis.com/fcm/send/x',
  'https://user:secret@fcm.googleapis.com/fcm/send/x',
  'not an address',
];

describe('OPS-8 where the server sends pushes to', () => {
  it.each(inner)('never %s', (endpoint) => {
    expect(publicOrLoopback(endpoint)).toBe(false);
    expect(onlyServices(browserPushServices)(endpoint)).toBe(false);
  });

  it.each([
    'https://fcm.googleapis.com/fcm/send/x',
    'https://updates.push.services.mozilla.com/wpush/v2/x',
    'https://web.push.apple.com/x',
    'https://wns2-par02p.notify.windows.com/w/?token=x',
  ])('%s', (endpoint) => {
    expect(onlyServices(browserPushServices)(endpoint)).toBe(true);
  });

  it.each([
    'https://localhost/push',
    'https://127.0.0.1:9443/push',
    'https://evil.test/fcm.googleapis.com',
    'https://fcm.googleapis.com.evil.test/x',
    'https://evilfcm.googleapis.com/x',
    'https://push.apple.com.evil.test/x',
    'https://fcm.googleapis.com:8443/x',
  ])('with a list of services, not %s', (endpoint) => {
    expect(onlyServices(browserPushServices)(endpoint)).toBe(false);
  });

  it('a service of one’s own is named with its port', () => {
    const accepts = onlyServices(['localhost:9443']);
    expect(accepts('https://localhost:9443/push')).toBe(true);
    expect(accepts('https://localhost:9444/push')).toBe(false);
  });
});
