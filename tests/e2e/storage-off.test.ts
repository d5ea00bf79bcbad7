import { demoPassword, people } from './fixtures/hospital.ts';
import { expect, test } from './fixtures/test.ts';
import { words } from './fixtures/words.ts';

test('FM-13 a browser that keeps nothing is refused in words before anybody writes, and one whose database does not open when they sign in', async ({
  browser,
  hospital,
}) => {
  const blocked = await browser.newPage({ baseURL: hospital.origin });
  // As Chromium does where site data is blocked.
  await blocked.addInitScript(() => {
    Object.defineProperty(window, 'localStorage', {
      get() {
        throw new DOMException('Access is denied for this document.', 'SecurityError');
      },
    });
  });
  await blocked.goto('/');
  await expect(blocked.getByRole('heading', { name: words('session_storage_off_title') })).toBeVisible();
  await expect(blocked.getByRole('textbox')).toHaveCount(0);
  await blocked.close();

  const shut = await browser.newPage({ baseURL: hospital.origin });
  // As a private window of another browser does: everything is there, and nothing opens.
  await shut.addInitScript(() => {
    indexedDB.open = () => {
      throw new DOMException('A mutation operation was attempted', 'InvalidStateError');
    };
  });
  await shut.goto('/');
  await shut.getByRole('textbox', { name: words('session_email') }).fill(people.requester.email);
  await shut.getByLabel(words('session_password')).fill(demoPassword);
  await shut.getByRole('button', { name: words('session_sign_in'), exact: true }).click();
  await expect(shut.getByText(words('session_failed_storage'))).toBeVisible({ timeout: 30_000 });
  await shut.close();
});
