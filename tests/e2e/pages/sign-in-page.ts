import type { Page } from '@playwright/test';
import { words } from '../fixtures/words.ts';

/** The first screen of a tablet nobody has signed in to. */
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
    await this.email.fill(email);
    await this.password.fill(password);
    await this.button.click();
  }
}
