export type ThemeChoice = 'system' | 'day' | 'night';
const key = 'theme';

function stored(): ThemeChoice {
  const value = localStorage.getItem(key);
  return value === 'day' || value === 'night' ? value : 'system';
}

/** The tablet's look: kept outside the person's database, because it must be known before the first paint (static/theme.js). */
export class Theme {
  #choice = $state<ThemeChoice>(stored());

  get choice(): ThemeChoice {
    return this.#choice;
  }

  choose(choice: ThemeChoice): void {
    this.#choice = choice;
    if (choice === 'system') localStorage.removeItem(key);
    else localStorage.setItem(key, choice);
    dispatchEvent(new Event('theme-chosen'));
  }
}
