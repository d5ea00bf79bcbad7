import type { Locator, Page } from '@playwright/test';
import { words } from '../fixtures/words.ts';

/** Alerts, readiness and how one is alerted: the pages that say whether a call arrives. */
export class AlertsPages {
  readonly #page: () => Page;
  constructor(page: () => Page) {
    this.#page = page;
  }

  /** Alerts the navigation counts as unread; 0 when it shows no number. */
  async unread(): Promise<number> {
    const link = this.#page()
      .getByRole('navigation', { name: words('common_nav_label') })
      .getByRole('link', { name: words('common_nav_alerts') });
    const text = (await link.textContent()) ?? '';
    return Number(/\d+/.exec(text)?.[0] ?? 0);
  }
  /** A row of the alerts page. */
  row(title: string): Locator {
    return this.#page().getByRole('main').getByRole('listitem').filter({ hasText: title });
  }

  get verdict(): Locator {
    return this.#page().getByRole('main').getByRole('status').first();
  }
  /** A point of the readiness page. */
  point(name: string): Locator {
    return this.#page()
      .getByRole('region', { name: words('readiness_points') })
      .getByRole('listitem')
      .filter({ has: this.#page().getByText(name, { exact: true }) });
  }
  get test(): Locator {
    return this.#page().getByRole('region', { name: words('test_title') });
  }
  get sendTest(): Locator {
    return this.test.getByRole('button', { name: words('test_send') });
  }

  /** A bar over the screen that holds these words. */
  bar(text: string | RegExp): Locator {
    return this.#page().locator('[role=alert], [role=status]').filter({ hasText: text });
  }
}
