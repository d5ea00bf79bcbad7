import { expect, type Page } from '@playwright/test';
import { words } from '../fixtures/words.ts';

/** What a one-time link opens: a password is chosen, and where it makes the first administrator the hospital gets its name. */
export class WelcomePage {
  readonly #page: () => Page;
  constructor(page: () => Page) {
    this.#page = page;
  }

  async open(link: string): Promise<void> {
    await this.#page().goto(link);
    // The key does not stay in the address bar.
    await expect.poll(() => new URL(this.#page().url()).hash).toBe('');
  }
  async fill(field: 'name' | 'email' | 'hospital', text: string): Promise<void> {
    await this.#page()
      .getByRole('textbox', { name: words(`welcome_${field}`) })
      .fill(text);
  }
  async choosePassword(password: string): Promise<void> {
    await this.#page().getByLabel(words('welcome_password'), { exact: true }).fill(password);
  }
  async setUpHospital(): Promise<void> {
    await this.#press('welcome_administrator_save');
    await this.#goToSignIn();
  }
  async savePassword(): Promise<void> {
    await this.#press('welcome_save');
    await this.#goToSignIn();
  }
  async #press(key: string): Promise<void> {
    await this.#page()
      .getByRole('button', { name: words(key) })
      .click();
  }
  async #goToSignIn(): Promise<void> {
    await this.#page()
      .getByRole('status')
      .getByRole('link', { name: words('welcome_sign_in') })
      .click();
  }
}
