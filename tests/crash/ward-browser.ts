import { expect } from '@playwright/test';
import type { BrowserContext, Page } from '@playwright/test';
import { ComposePage, type Request } from '#tests/e2e/pages/compose-page.ts';
import { ConsultPage } from '#tests/e2e/pages/consult-page.ts';
import { Header } from '#tests/e2e/pages/header.ts';
import { InboxPage } from '#tests/e2e/pages/inbox-page.ts';
import { LockPage } from '#tests/e2e/pages/lock-page.ts';
import { SignInPage } from '#tests/e2e/pages/sign-in-page.ts';
import { demoPassword, people } from '#tests/e2e/fixtures/hospital.ts';
import { words } from '#tests/e2e/fixtures/words.ts';

const longest = { timeout: 60_000 } as const;

/** The app in one browser, as one doctor uses it between two deaths of that browser. */
export class WardBrowser {
  readonly page: Page;
  readonly consult: ConsultPage;
  readonly compose: ComposePage;
  readonly inbox: InboxPage;
  readonly header: Header;
  readonly #context: BrowserContext;
  readonly #origin: string;
  readonly #lock: LockPage;
  readonly #signIn: SignInPage;

  constructor(context: BrowserContext, page: Page, origin: string) {
    const here = (): Page => page;
    this.page = page;
    this.#context = context;
    this.#origin = origin;
    this.consult = new ConsultPage(here);
    this.compose = new ComposePage(here);
    this.inbox = new InboxPage(here);
    this.header = new Header(here);
    this.#lock = new LockPage(here);
    this.#signIn = new SignInPage(here);
    page.setDefaultTimeout(longest.timeout);
  }

  async #prepare(): Promise<void> {
    await this.#context.grantPermissions(['notifications', 'background-sync'], { origin: this.#origin });
  }

  /** For the first time on this tablet; resolves when it can work without a network. */
  async signIn(): Promise<void> {
    await this.#prepare();
    await this.page.goto(this.#origin);
    await this.#signIn.signIn(people.requester.email, demoPassword);
    await this.header.sees(people.requester.name);
    await this.#lock.declinePin();
    await this.page.evaluate(() => navigator.serviceWorker.ready.then(() => undefined));
    await expect(async () => {
      await this.header.connection.click();
      await expect(this.page.getByText(words('sync_trouble_none'))).toBeVisible({ timeout: 5_000 });
    }).toPass(longest);
    await expect(this.page.getByText(words('sync_whole_never'))).toBeHidden(longest);
  }

  /** After a start: their own password opens their own records, whether or not the server is there. */
  async unlock(path: string): Promise<void> {
    await this.#prepare();
    await this.page.goto(`${this.#origin}${path}`);
    await this.#lock.who.or(this.#lock.password).first().waitFor();
    if (await this.#lock.who.isVisible()) await this.#lock.people.getByRole('button').first().click();
    await this.#lock.enterPassword(demoPassword);
    await this.header.sees(people.requester.name);
  }

  /** A new request; what an earlier round left in the form has been looked at. */
  async openEmptyForm(): Promise<void> {
    await this.header.go('new');
    await this.compose.patientSearch.or(this.compose.restored).first().waitFor();
    if (!(await this.compose.restored.isVisible())) return;
    await this.compose.restored.getByRole('button', { name: words('compose_anew') }).click();
    await expect(this.compose.restored).toBeHidden();
  }

  async writeRequest(request: Request): Promise<void> {
    await this.header.go('new');
    await this.compose.fill(request);
  }
}
