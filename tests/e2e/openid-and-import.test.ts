import { openIdReturnPath } from '#shared/session/openid.ts';
import { emailOf } from '#server/demo/sign-ins.ts';
import { startTestProvider, type TestProvider } from '#tests/oidc-provider/oidc-provider.ts';
import { openHospital } from './fixtures/hospital.ts';
import { expect, test } from './fixtures/test.ts';
import { words } from './fixtures/words.ts';

const administrator = 'Faisal Effendi';
const domain = emailOf(administrator).split('@')[1] ?? '';

test('PEO-5 and PEO-6 an administrator comes in by the hospital’s own sign-in and imports staff from pasted rows; a stranger may ask', async ({
  build,
  seed,
  browser,
}) => {
  let provider: TestProvider | null = null;
  const hospital = await openHospital({
    build,
    seed,
    async environment(origin) {
      provider = await startTestProvider(`${origin}${openIdReturnPath}`);
      return {
        OIDC_ISSUER: provider.issuer,
        OIDC_CLIENT_ID: provider.clientId,
        OIDC_CLIENT_SECRET: provider.clientSecret,
        OIDC_ALLOWED_DOMAINS: domain,
        OIDC_NAME: 'Hospital account',
      };
    },
  });
  const issuer = provider as TestProvider | null;
  if (issuer === null) throw new Error('there is no issuer');
  const context = await browser.newContext({
    baseURL: hospital.origin,
    viewport: { width: 1280, height: 800 },
  });
  try {
    const page = await context.newPage();
    const openId = page.getByRole('button', {
      name: words('session_openid_sign_in', { name: 'Hospital account' }),
    });
    await page.goto('/');

    issuer.signsInAs({
      sub: 'stranger',
      email: `noor@${domain}`,
      email_verified: true,
      name: 'Noor Stranger',
    });
    await openId.click();
    await expect(page.getByText(words('session_openid_unknown'))).toBeVisible();
    expect(new URL(page.url()).search).toBe('');
    await page.getByRole('button', { name: words('session_openid_ask') }).click();
    await expect(page.getByText(words('session_openid_asked'))).toBeVisible();
    await page.getByRole('link', { name: words('session_openid_back') }).click();

    issuer.signsInAs({ sub: 'faisal', email: emailOf(administrator), email_verified: true });
    await openId.click();
    // No password: without a PIN nothing would open the records here without a network.
    await expect(page.getByRole('heading', { name: words('lock_pin_needed_title') })).toBeVisible();
    await page.getByLabel(words('lock_pin_new'), { exact: true }).fill('481902');
    await page.getByLabel(words('lock_pin_again'), { exact: true }).fill('481902');
    await page.getByRole('button', { name: words('lock_pin_save') }).click();
    await expect(page.getByRole('navigation').first()).toBeVisible();
    // It holds what opens the records from one page to the next.
    await page.evaluate(() => navigator.serviceWorker.ready.then(() => undefined));
    await page.goto('/admin');
    await expect(page.getByText('Noor Stranger')).toBeVisible();

    await page.goto('/admin/import');
    await page.locator('summary').click();
    const rows = (role: string): string =>
      `Name\tE-mail\tDesignation\tDepartment\tRole\nDr Noor Fatima\tnoor@${domain}\tregistrar\tCARD\t${role}\n`;
    const look = page.getByRole('button', { name: words('import_paste_look') });
    const area = page.getByRole('textbox', { name: words('import_paste') });
    await area.fill(rows('surgeon'));
    await look.click();
    await expect(page.getByText(words('import_fault_unknown_role'), { exact: false })).toBeVisible();
    await page.getByRole('button', { name: words('import_again') }).click();

    await page.locator('summary').click();
    await area.fill(rows('doctor'));
    await look.click();
    await page.getByRole('button', { name: words('import_do_create', { count: 1 }), exact: true }).click();
    await expect(
      page.getByRole('table').getByText(words('import_outcome_created'), { exact: true }),
    ).toBeVisible();
    await expect(
      page.getByRole('main').getByText(words('import_outcome_created'), { exact: true }),
    ).toHaveCount(2);
    await page.getByRole('button', { name: words('import_invite_print') }).click();
    await expect(page.getByText(`${hospital.origin}/welcome#`)).toBeVisible();

    await page.getByRole('button', { name: words('import_undo') }).click();
    await page
      .getByRole('dialog')
      .getByRole('button', { name: words('import_undo') })
      .click();
    await expect(page.getByRole('heading', { name: words('import_undone_title') })).toBeVisible();
  } finally {
    await context.close();
    await hospital.close();
    await issuer.stop();
  }
});
