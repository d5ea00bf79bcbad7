import { expect, type Page } from '@playwright/test';
import { words, wordsLike } from '../fixtures/words.ts';
import { deriving } from './lock-page.ts';

/** Who is at the tablet, what is known of the connection, and the bars that stand on every screen. */
export class Header {
  readonly #page: () => Page;
  constructor(page: () => Page) {
    this.#page = page;
  }

  async sees(name: string): Promise<void> {
    await expect(this.#page().getByRole('banner').getByText(name)).toBeVisible(deriving);
  }

  get connection() {
    return this.#page().getByRole('banner').getByRole('link');
  }
  async confirmed(): Promise<void> {
    await expect(this.connection).toContainText(wordsLike('common_confirmed_at'));
  }

  get alarm() {
    return this.#page().getByRole('alert', { name: words('alerts_alarm_label') });
  }
  get updateBanner() {
    return this.#page()
      .getByRole('status')
      .filter({ hasText: words('common_update_ready') });
  }
  get signInAgainBanner() {
    return this.#page()
      .getByRole('status')
      .filter({ hasText: words('session_again_banner') });
  }

  async go(place: 'inbox' | 'sent' | 'new' | 'alerts' | 'more'): Promise<void> {
    await this.#page()
      .getByRole('navigation', { name: words('common_nav_label') })
      .getByRole('link', { name: words(`common_nav_${place}`) })
      .click();
  }
}
