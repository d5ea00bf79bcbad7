import { readdirSync, rmSync } from 'node:fs';
import { join } from 'node:path';
import { buildWithVersion, removeBuild, type Build } from './fixtures/build.ts';
import { people } from './fixtures/hospital.ts';
import { expect, test } from './fixtures/test.ts';
import { words } from './fixtures/words.ts';

/** A deployment that was cut off: everything of it but one file. */
function without(build: Build, kind: RegExp): void {
  const chunks = join(build.folder, 'build/client/_app/immutable/chunks');
  const chosen = readdirSync(chunks).find((name) => kind.test(name));
  if (chosen === undefined) throw new Error('the build has no such file');
  rmSync(join(chunks, chosen));
}

test('FM-53 of a newer app that cannot be fetched whole nothing is used: the present one goes on, offline too', async ({
  build,
  hospital,
  newTablet,
}) => {
  const broken = buildWithVersion(build, 'e2e-version-broken');
  without(broken, /\.js$/);
  const ward = await newTablet();
  await ward.signIn(people.requester);
  ward.forgiveLostNetwork();
  ward.forgive(/bad-precaching-response/);

  await hospital.start(broken);
  await ward.lookForUpdate();
  expect(
    await ward.page.evaluate(async () => {
      const { waiting, installing } = await navigator.serviceWorker.ready;
      return [waiting, installing];
    }),
    'a worker of the newer app',
  ).toEqual([null, null]);
  await expect(ward.header.updateBanner).toBeHidden();
  await hospital.kill();
  await ward.open('/settings');
  await expect(ward.page.getByText(words('settings_version', { version: build.version }))).toBeVisible();
  await ward.header.go('new');
  await expect(ward.compose.patientSearch).toBeVisible();

  removeBuild(broken);
});
