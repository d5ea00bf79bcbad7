import { expect, type Locator, type Page } from '@playwright/test';
import { words } from '../fixtures/words.ts';

type Tier = 'first' | 'second' | 'consultant';

/** The rota of one department, and its week being edited. */
export class RotaEditPage {
  readonly #page: () => Page;
  constructor(page: () => Page) {
    this.#page = page;
  }

  get main(): Locator {
    return this.#page().getByRole('main');
  }
  async chooseDepartment(name: string): Promise<void> {
    await this.main.getByRole('combobox', { name: words('rota_department') }).selectOption({ label: name });
  }
  async edit(): Promise<void> {
    await this.main.getByRole('link', { name: words('rota_edit_open') }).click();
    await expect(this.grid).toBeVisible();
  }
  get grid(): Locator {
    return this.#page().getByRole('group', { name: words('rota_edit_grid') });
  }
  row(tier: Tier): Locator {
    return this.grid.getByRole('region', { name: words(`rota_tier_${tier}`) });
  }
  /** A turn in the grid, by what is read aloud of it. */
  turn(tier: Tier, person: string): Locator {
    return this.row(tier).getByRole('button', { name: new RegExp(`^${person},`) });
  }
  get form(): Locator {
    return this.#page().getByRole('dialog');
  }
  /** Puts somebody into a tier for these hours, HH:MM on the hospital's clock, of the day the form proposes. */
  async add(tier: Tier, turn: { person: string; from: string; until: string }): Promise<void> {
    await this.row(tier)
      .getByRole('button', { name: words('rota_edit_add') })
      .click();
    await this.form.getByLabel(words('rota_form_who'), { exact: true }).selectOption({ label: turn.person });
    await this.form.getByLabel(words('rota_form_from'), { exact: true }).fill(turn.from);
    await this.form.getByLabel(words('rota_form_until'), { exact: true }).fill(turn.until);
    await this.form.getByRole('button', { name: words('rota_edit_add') }).click();
    await expect(this.form).toBeHidden();
    await expect(this.turn(tier, turn.person)).toBeVisible();
  }
  async save(): Promise<void> {
    await this.main.getByRole('button', { name: words('rota_save') }).click();
    await expect(this.#page().getByText(words('rota_edit_saved'))).toBeVisible();
  }
}
