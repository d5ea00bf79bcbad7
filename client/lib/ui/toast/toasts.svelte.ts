/** A word about what just happened, with a way back where the record allows one. */
export interface Toast {
  readonly id: number;
  readonly words: string;
  readonly undo: { readonly label: string; readonly run: () => void } | null;
}

/** How long a word stays; long enough to be read twice and to reach for "Undo" (WCAG 2.2.1: nothing else depends on it). */
const toastMs = 8_000;

/** What is being said now, oldest first. One per app, made by the shell. */
export class Toasts {
  #shown = $state<readonly Toast[]>([]);
  #lastId = 0;

  get shown(): readonly Toast[] {
    return this.#shown;
  }

  say(words: string, undo: Toast['undo'] = null): void {
    this.#lastId += 1;
    const id = this.#lastId;
    this.#shown = [...this.#shown.slice(-2), { id, words, undo }];
    setTimeout(() => this.dismiss(id), toastMs);
  }

  dismiss(id: number): void {
    this.#shown = this.#shown.filter((toast) => toast.id !== id);
  }
}
