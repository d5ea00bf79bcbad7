import { expect, type Locator, type Page } from '@playwright/test';
import { words, wordsLike } from '../fixtures/words.ts';

/** The pages of administration: lists, forms with their save bar, and what two people changed at once. */
export class AdminPages {
  readonly #page: () => Page;
  constructor(page: () => Page) {
    this.#page = page;
  }

  get main(): Locator {
    return this.#page().getByRole('main');
  }
  get notYours(): Locator {
    return this.main.getByText(words('admin_not_yours'));
  }

  async openDepartment(name: string): Promise<void> {
    await this.#page().goto('/admin/departments');
    await this.main
      .getByRole('list', { name: words('admin_departments_title') })
      .getByRole('link', { name })
      .first()
      .click();
    await expect(this.#page().getByRole('heading', { level: 1, name })).toBeVisible();
  }
  async part(key: 'admin_tab_general' | 'admin_tab_escalation'): Promise<void> {
    await this.main.getByRole('tab', { name: words(key), exact: true }).click();
  }
  field(key: string): Locator {
    return this.main.getByRole('textbox', { name: words(key) });
  }
  combobox(key: string): Locator {
    return this.main.getByRole('combobox', { name: words(key) });
  }
  async choose(key: string, name: string): Promise<void> {
    await this.combobox(key).fill(name);
    await this.main.getByRole('option', { name }).first().click();
  }

  get saveButton(): Locator {
    return this.main.getByRole('button', { name: words('admin_save'), exact: true });
  }
  /** Saves and waits for the word that it is saved. */
  async save(): Promise<void> {
    await this.saveButton.click();
    await expect(this.main.getByText(wordsLike('admin_saved'))).toBeVisible();
  }
  get broughtBack(): Locator {
    return this.main.getByText(words('admin_brought_back'));
  }

  /** What somebody else changed too. */
  get meeting(): Locator {
    return this.main.getByRole('region', { name: words('admin_meeting_title') });
  }
  choice(field: string, whose: 'theirs' | 'mine'): Locator {
    return this.meeting
      .getByRole('group', { name: words(field) })
      .getByRole('radio', { name: words(`admin_meeting_${whose}`) });
  }

  /** A step of the escalation policy, as a sentence that opens. */
  step(number: number): Locator {
    return this.main.getByRole('group', { name: words('admin_step_number', { number }), exact: true });
  }
  /** The lines that say where nobody would be found. */
  get gaps(): Locator {
    return this.main.getByRole('list', { name: words('admin_play_gaps') }).getByRole('listitem');
  }
  /** A line of who would be woken. */
  woken(name: string): Locator {
    return this.main
      .getByRole('list', { name: words('admin_play_title') })
      .getByRole('listitem')
      .filter({ hasText: name });
  }
}
