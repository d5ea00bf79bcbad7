import type { Locator, Page } from '@playwright/test';
import { words } from '../fixtures/words.ts';

/** One consult: the request, what happened, and the next step. */
export class ConsultPage {
  readonly #page: () => Page;
  constructor(page: () => Page) {
    this.#page = page;
  }

  get article(): Locator {
    return this.#page().getByRole('article');
  }
  get question(): Locator {
    return this.section(words('consult_question'));
  }
  get answer(): Locator {
    return this.section(words('consult_answer'));
  }
  get story(): Locator {
    return this.section(words('consult_story'));
  }
  section(name: string): Locator {
    return this.article.getByRole('region', { name, exact: true });
  }
  /** A line of the story. */
  line(text: string | RegExp): Locator {
    return this.story.getByRole('listitem').filter({ hasText: text });
  }
  button(name: string): Locator {
    return this.article.getByRole('button', { name, exact: true });
  }
  get dialog(): Locator {
    return this.#page().getByRole('dialog');
  }
  get notHere(): Locator {
    return this.#page().getByText(words('consult_not_here'));
  }

  /** "I'm coming", in so many minutes. */
  async come(minutes: 0 | 15 | 30 | 60): Promise<void> {
    await this.article
      .getByRole('group', { name: words('consult_come_label') })
      .getByRole('button', {
        name: minutes === 0 ? words('consult_promise_now') : words('common_minutes', { minutes }),
      })
      .click();
  }

  /** An act that is not the next step, from "More". */
  async more(act: string): Promise<void> {
    await this.button(words('consult_more')).click();
    await this.dialog.getByRole('button', { name: act, exact: true }).click();
  }

  async writeMessage(text: string): Promise<void> {
    await this.button(words('consult_act_message_posted')).click();
    await this.dialog.getByRole('textbox', { name: words('consult_field_message') }).fill(text);
    await this.dialog.getByRole('button', { name: words('consult_save_message'), exact: true }).click();
  }

  async writeAnswer(findings: string): Promise<void> {
    await this.button(words('consult_act_completed')).click();
    await this.dialog.getByRole('textbox', { name: words('consult_findings') }).fill(findings);
    await this.dialog.getByRole('button', { name: words('consult_save_completed'), exact: true }).click();
  }
}
