import type { Page } from '@playwright/test';
import { words } from '../fixtures/words.ts';
import { LockPage } from './lock-page.ts';

/** The first screen of a tablet nobody has signed in to; behind "someone else" where people have. */
export class SignInPage {
  readonly #page: () => Page;
  constructor(page: () => Page) {
    this.#page = page;
  }

  get email() {
    return this.#page().getByRole('textbox', { name: words('session_email') });
  }
  get password() {
    return this.#page().getByLabel(words('session_password'));
  }
  get button() {
    return this.#page().getByRole('button', { name: words('session_sign_in'), exact: true });
  }
  get failure() {
    return this.#page().getByRole('alert');
  }

  async signIn(email: string, password: string): Promise<void> {
    const lock = new LockPage(this.#page);
    await this.email.or(lock.who).or(lock.back).first().waitFor();
    if (!(await this.email.isVisible())) await lock.toSignIn();
    await this.email.fill(email);
    await this.password.fill(password);
    await this.button.click();
  }
}
