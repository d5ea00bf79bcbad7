import { expect, type Locator, type Page } from '@playwright/test';
import { words, wordsLike } from '../fixtures/words.ts';

/** Staff from a spreadsheet: the file, what it would change, what became of it, and the invitations. */
export class ImportPage {
  readonly #page: () => Page;
  constructor(page: () => Page) {
    this.#page = page;
  }

  get main(): Locator {
    return this.#page().getByRole('main');
  }
  async chooseFile(name: string, csv: string): Promise<void> {
    await this.main
      .getByLabel(words('import_choose'))
      .setInputFiles({ name, mimeType: 'text/csv', buffer: Buffer.from(csv) });
  }
  /** Confirms a preview that would create so many and change nobody else. */
  async create(count: number): Promise<void> {
    await this.main.getByRole('button', { name: words('import_do_create', { count }), exact: true }).click();
  }
  async isDone(): Promise<void> {
    await expect(this.main.getByRole('heading', { name: wordsLike('import_done') })).toBeVisible({
      timeout: 30_000,
    });
  }
  /** Asks for invitations by mail of a server that sends none. */
  async mailInVain(): Promise<void> {
    await this.main.getByRole('button', { name: words('import_invite_mail') }).click();
    const said = words('import_invite_nobody', { words: words('admin_refused_no_mail') });
    await expect(this.main.getByText(said)).toBeVisible({ timeout: 30_000 });
  }
  /** Shows the one-time links and waits until there are so many. */
  async showInvitations(count: number): Promise<void> {
    await this.main.getByRole('button', { name: words('import_invite_print') }).click();
    await expect(this.#links).toHaveCount(count, { timeout: 30_000 });
  }
  /** What is cut out of the print and handed to one person. */
  async strip(email: string): Promise<Locator> {
    await this.#page().emulateMedia({ media: 'print' });
    return this.#links.filter({ hasText: email });
  }
  async backToScreen(): Promise<void> {
    await this.#page().emulateMedia({ media: null });
  }
  get opensHereOnly(): Locator {
    return this.main.getByText(words('import_links_here_only'));
  }
  get #links(): Locator {
    return this.main.getByRole('listitem').filter({ hasText: '/welcome#' });
  }
  /** As it stands on the printed sheet beside the person's name. */
  async linkOf(email: string): Promise<string> {
    const text = (await this.#links.filter({ hasText: email }).textContent()) ?? '';
    const address = /https?:\/\/\S+\/welcome#[\w-]+/.exec(text)?.[0];
    if (address === undefined) throw new Error(`no link for ${email}`);
    return address;
  }
}
