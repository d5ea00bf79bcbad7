import { m } from '$lib/paraglide/messages.js';

/** In what capacity somebody is called, as alerts name it; '' for one that needs no word. */
export function capacityWords(as: string): string {
  switch (as) {
    case 'assignee':
      return m.capacity_assignee();
    case 'on-call first':
      return m.capacity_on_call_first();
    case 'on-call second':
      return m.capacity_on_call_second();
    case 'on-call consultant':
      return m.capacity_on_call_consultant();
    case 'receiver':
      return m.capacity_receiver();
    case 'head':
      return m.capacity_head();
    case 'parent-head':
      return m.capacity_parent_head();
    case 'duty-administrator':
      return m.capacity_duty_administrator();
    default:
      return '';
  }
}
