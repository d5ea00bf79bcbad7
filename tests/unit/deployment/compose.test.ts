import { existsSync, readFileSync } from 'node:fs';
import { fileURLToPath } from 'node:url';
import { describe, expect, it } from 'vitest';
import { parse } from 'yaml';
import { z } from 'zod';
import { environmentSchema } from '#server/config.ts';
import { secretNames } from '#server/keys/secret-names.ts';

const read = (path: string) =>
  readFileSync(fileURLToPath(new URL(`../../../${path}`, import.meta.url)), 'utf8');
const isThere = (path: string) => existsSync(fileURLToPath(new URL(`../../../${path}`, import.meta.url)));

const mount = z.union([z.string(), z.object({ source: z.string(), target: z.string().optional() })]);
const service = z.object({
  image: z.string(),
  build: z.string().optional(),
  user: z.string(),
  profiles: z.array(z.string()),
  restart: z.string(),
  read_only: z.boolean(),
  cap_drop: z.array(z.string()),
  cap_add: z.array(z.string()).default([]),
  security_opt: z.array(z.string()),
  privileged: z.boolean().default(false),
  network_mode: z.string().optional(),
  pid: z.string().optional(),
  ipc: z.string().optional(),
  stop_grace_period: z.string(),
  tmpfs: z.array(z.string()),
  environment: z.record(z.string(), z.string()).default({}),
  volumes: z.array(z.string()).default([]),
  ports: z.array(z.string()).default([]),
  networks: z.union([z.array(z.string()), z.record(z.string(), z.unknown())]),
  secrets: z.array(mount).default([]),
  configs: z.array(mount).default([]),
  depends_on: z.record(z.string(), z.object({ condition: z.string() })).default({}),
  healthcheck: z.union([
    z.object({ disable: z.literal(true) }),
    z.object({ test: z.array(z.string()), interval: z.string(), timeout: z.string(), retries: z.number() }),
  ]),
  deploy: z.object({
    resources: z.object({ limits: z.object({ cpus: z.string(), memory: z.string(), pids: z.number() }) }),
  }),
});
const composeFile = z.object({
  services: z.record(z.string(), service),
  networks: z.record(z.string(), z.object({ internal: z.boolean().optional() })),
  volumes: z.record(z.string(), z.null()),
  configs: z.record(z.string(), z.object({ file: z.string() })),
  secrets: z.record(z.string(), z.object({ file: z.string() })),
});

const compose = composeFile.parse(parse(read('docker-compose.yml'), { merge: true }));
const services = Object.entries(compose.services);
const long = services.filter(([, { restart }]) => !restart.startsWith('on-failure'));
const named = (pattern: RegExp) => services.filter(([name]) => pattern.test(name));
const networksOf = ({ networks }: z.infer<typeof service>) =>
  Array.isArray(networks) ? networks : Object.keys(networks);
const sourceOf = (item: z.infer<typeof mount>) => (typeof item === 'string' ? item : item.source);
const targetOf = (item: z.infer<typeof mount>) =>
  typeof item === 'string' ? item : (item.target ?? item.source);
const inProfile = (profile: string) =>
  services.filter(([, { profiles }]) => profiles.includes(profile)).map(([name]) => name);

describe('OPS-2 docker-compose.yml', () => {
  it('has one CouchDB, one server and a proxy in the single profile', () => {
    expect(inProfile('single').sort()).toEqual(['couchdb', 'proxy', 'server']);
  });

  it('has three CouchDB nodes and two gateways behind a proxy in the cluster profile', () => {
    expect(inProfile('cluster').sort()).toEqual([
      'couchdb-1',
      'couchdb-2',
      'couchdb-3',
      'couchdb-setup',
      'proxy-cluster',
      'server-1',
      'server-2',
    ]);
    const seeds = /^seedlist = (.*)$/m.exec(read('deploy/couchdb/cluster.ini'))?.[1]?.split(',');
    const nodes = named(/^couchdb-\d$/).map(([, { environment }]) =>
      environment['ERL_FLAGS']?.replace('-name ', ''),
    );
    expect(seeds).toEqual(nodes);
    expect(compose.services['proxy-cluster']?.environment['GATEWAYS']).toBe('server-1:8080 server-2:8080');
  });

  describe.each(services)('%s', (_name, it_) => {
    it('runs as somebody other than root, on a read-only file system, without rights to gain', () => {
      expect(it_.user).not.toMatch(/^(?:root|0)(?::|$)/);
      expect(it_.read_only).toBe(true);
      expect(it_.privileged).toBe(false);
      expect(it_.cap_drop).toEqual(['ALL']);
      expect(it_.security_opt).toContain('no-new-privileges:true');
    });

    it('shares neither network nor processes with the machine', () => {
      expect([it_.network_mode, it_.pid, it_.ipc]).toEqual([undefined, undefined, undefined]);
    });

    it('mounts no sources: only named volumes hold data', () => {
      for (const volume of it_.volumes) expect(Object.keys(compose.volumes)).toContain(volume.split(':')[0]);
    });

    it('is limited in processor, memory and processes, and may end what it is doing', () => {
      const { cpus, memory, pids } = it_.deploy.resources.limits;
      expect(Number(cpus)).toBeGreaterThan(0);
      expect(memory).toMatch(/^\d+[mg]$/);
      expect(pids).toBeGreaterThan(0);
      expect(it_.stop_grace_period).toBe('30s');
    });

    it('keeps every secret out of its environment', () => {
      for (const [name, value] of Object.entries(it_.environment)) {
        if (/SECRET|PASSWORD|KEY|TOKEN|COOKIE|COUCHDB_URL/.test(name))
          expect(value).toMatch(/^\/run\/secrets\//);
        expect(value).not.toMatch(/:\/\/[^/]*:[^/]*@/);
      }
      for (const secret of it_.secrets) expect(Object.keys(compose.secrets)).toContain(sourceOf(secret));
    });
  });

  it.each(long)('%s is watched and started again', (_name, { healthcheck, restart }) => {
    expect(restart).toBe('unless-stopped');
    expect(healthcheck).toHaveProperty('test');
  });

  it('lets only the proxy keep a right, and only the one its program asks for', () => {
    for (const [name, { cap_add }] of services)
      expect([name, cap_add]).toEqual([name, name.startsWith('proxy') ? ['NET_BIND_SERVICE'] : []]);
  });

  it('shows only the proxy to the outside, and CouchDB to the servers alone', () => {
    for (const [name, { ports }] of services) expect(ports.length > 0).toBe(name.startsWith('proxy'));
    for (const [, couchdb] of named(/^couchdb/)) expect(networksOf(couchdb)).toEqual(['store']);
    for (const [, proxy] of named(/^proxy/)) expect(networksOf(proxy)).toEqual(['outside']);
    expect(compose.networks['store']?.internal).toBe(true);
  });

  it('starts each part when the one it needs is healthy', () => {
    for (const [, { depends_on }] of services)
      for (const [needed, { condition }] of Object.entries(depends_on)) {
        const isOnce = compose.services[needed]?.restart.startsWith('on-failure');
        expect(condition).toBe(isOnce ? 'service_completed_successfully' : 'service_healthy');
      }
    for (const [, { depends_on }] of named(/^(?:server|proxy)/))
      expect(Object.keys(depends_on)).not.toEqual([]);
  });

  it('asks the server whether it is ready, and CouchDB whether it is up', () => {
    for (const [, { healthcheck }] of named(/^server/))
      expect(JSON.stringify(healthcheck)).toContain('/api/health/ready');
    for (const [, { healthcheck }] of named(/^couchdb(?:-\d)?$/))
      expect(JSON.stringify(healthcheck)).toContain('/_up');
  });

  it('runs CouchDB 3.5 and a built server', () => {
    for (const [, { image }] of named(/^couchdb(?:-\d)?$/)) expect(image).toMatch(/^couchdb:3\.5\./);
    for (const [, { build }] of named(/^server/)) expect(build).toBe('.');
  });

  it('gives the server every key as a file that it is also handed', () => {
    for (const [, { environment, secrets }] of named(/^server/)) {
      const files = Object.entries(environment).filter(([name]) => name.endsWith('_FILE'));
      expect(files.map(([name]) => name)).toEqual(
        expect.arrayContaining(['COUCHDB_URL_FILE', ...secretNames.map((name) => `${name}_FILE`)]),
      );
      const handed = secrets.map((secret) => `/run/secrets/${targetOf(secret)}`);
      for (const [, file] of files) expect(handed).toContain(file);
    }
  });

  it('sets only variables that the server reads', () => {
    const known = [...Object.keys(environmentSchema.shape), 'NODE_ENV'];
    for (const [, { environment }] of named(/^server/))
      for (const name of Object.keys(environment)) expect(known).toContain(name);
  });

  it('finds every file it names, and the script writes every secret but the certificate', () => {
    for (const { file } of Object.values(compose.configs)) expect(isThere(file)).toBe(true);
    const script = read('scripts/compose-secrets.mjs').replaceAll('${node}', '1');
    for (const { file } of Object.values(compose.secrets)) {
      expect(file).toMatch(/^\.\/secrets\//);
      expect(script).toContain(file.replace('./secrets/', '').replace(/-2$/, '-1'));
    }
  });
});

describe('OPS-2 Dockerfile', () => {
  const dockerfile = read('Dockerfile');
  const stages = dockerfile.split(/^FROM /m).slice(1);
  const last = stages.at(-1) ?? '';

  it('builds in one stage and ships in another, on Node 24', () => {
    expect(stages).toHaveLength(3);
    for (const stage of stages) expect(stage).toMatch(/^node:24-/);
    expect(last).not.toMatch(/npm|COPY \. /);
  });

  it('ships without development packages, as a person without rights, watched', () => {
    expect(dockerfile).toContain('npm ci --omit=dev --ignore-scripts');
    expect(last).toMatch(/^USER node$/m);
    expect(last).toMatch(/^HEALTHCHECK .*\\\n.*\/api\/health\/ready/m);
  });

  it('takes in neither data nor secrets', () => {
    const allowed = read('.dockerignore')
      .split('\n')
      .filter((line) => line.startsWith('!'));
    expect(read('.dockerignore')).toMatch(/^\*$/m);
    for (const closed of ['data', 'secrets', '.env', '.git']) expect(allowed).not.toContain(`!${closed}`);
  });
});
