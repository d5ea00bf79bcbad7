import type { Locator, Page } from '@playwright/test';
import { words } from '../fixtures/words.ts';

/** The lists of consults: Inbox and Sent. */
export class InboxPage {
  readonly #page: () => Page;
  constructor(page: () => Page) {
    this.#page = page;
  }

  get list(): Locator {
    return this.#page().getByRole('region', { name: words('common_nav_inbox') });
  }
  get sentList(): Locator {
    return this.#page().getByRole('region', { name: words('common_nav_sent') });
  }
  cards(list: Locator = this.list): Locator {
    return list.getByRole('listitem').getByRole('link');
  }
  /** The card of a consult, by its question. */
  card(question: string): Locator {
    return this.#page().getByRole('listitem').getByRole('link').filter({ hasText: question });
  }
  newOnes(): Locator {
    return this.#page().getByRole('button', { name: /new – show/ });
  }
}
