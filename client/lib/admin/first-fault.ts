import { tick } from 'svelte';

/** Brings the first field with a fault into view and puts the cursor there. */
export function showFirstFault(form: HTMLElement | undefined): void {
  void tick().then(() => {
    const fault = form?.querySelector('[data-field-error]');
    if (fault === null || fault === undefined) return;
    fault.scrollIntoView({ block: 'center' });
    fault.parentElement
      ?.querySelector<HTMLElement>('input, select, textarea')
      ?.focus({ preventScroll: true });
  });
}
