import { expect, type Locator, type Page } from '@playwright/test';
import { words, wordsLike } from '../fixtures/words.ts';

/** A key is derived: half a second of a tablet's whole strength, a good deal more where other suites run beside. */
export const deriving = { timeout: 40_000 } as const;

/** A locked tablet: who is here, the PIN pad, and what stands between. */
export class LockPage {
  readonly #page: () => Page;
  constructor(page: () => Page) {
    this.#page = page;
  }

  get who() {
    return this.#page().getByRole('heading', { name: words('lock_who') });
  }
  get people() {
    return this.#page().getByRole('list', { name: words('lock_people') });
  }
  person(name: string): Locator {
    return this.people.getByRole('button', { name: new RegExp(name) });
  }
  get someoneElse() {
    return this.#page().getByRole('button', { name: words('lock_someone_else') });
  }
  get back() {
    return this.#page().getByRole('button', {
      name: new RegExp(`‹ (${words('lock_back')}|${words('lock_back_list')})`),
    });
  }
  get password() {
    return this.#page().getByLabel(wordsLike('lock_password_of'));
  }
  get pin() {
    return this.#page().getByLabel(wordsLike('lock_pin_of'));
  }
  get open() {
    return this.#page().getByRole('button', { name: words('lock_open'), exact: true });
  }
  get said() {
    return this.#page().getByRole('alert');
  }
  /** How long until the next try. */
  get wait() {
    return this.#page().locator('[data-wait]');
  }

  /** In the header: hands the tablet over. */
  get button() {
    return this.#page()
      .getByRole('banner')
      .getByRole('button', { name: words('lock_button'), exact: true });
  }

  /** Says no to the offer of a PIN, where it is made. */
  async declinePin(): Promise<void> {
    const later = this.#page().getByRole('button', { name: words('lock_pin_offer_later'), exact: true });
    if (await later.isVisible()) await later.click();
  }

  /** Takes the offer after signing in. */
  async setPin(pin: string): Promise<void> {
    await this.#page()
      .getByRole('button', { name: words('lock_pin_offer_set'), exact: true })
      .click();
    const dialog = this.#page().getByRole('dialog', { name: words('lock_pin_title') });
    await dialog.getByLabel(words('lock_pin_new'), { exact: true }).fill(pin);
    await dialog.getByLabel(words('lock_pin_again'), { exact: true }).fill(pin);
    await dialog.getByRole('button', { name: words('lock_pin_save') }).click();
    await expect(this.#page().getByText(words('lock_pin_saved'))).toBeVisible(deriving);
    await expect(dialog).toBeHidden();
  }

  async choose(name: string): Promise<void> {
    await this.person(name).click();
  }

  /** Types it on the pad, as a finger does. */
  async tapPin(pin: string): Promise<void> {
    const pad = this.#page().getByRole('group', { name: words('lock_pin_pad') });
    for (const digit of pin) await pad.getByRole('button', { name: digit, exact: true }).click();
    await this.open.click();
  }

  async enterPassword(password: string): Promise<void> {
    await this.password.fill(password);
    await this.open.click();
  }

  /** From wherever one stands at the door to the sign-in for somebody who is not in the list. */
  async toSignIn(): Promise<void> {
    if (await this.back.isVisible()) await this.back.click();
    await this.someoneElse.click();
  }
}
