/** Letters and digits only: `W4-12`, `w4 12` and `W412` are one bed. */
export const squeeze = (text: string): string => text.toLowerCase().replace(/[^\p{L}\p{N}]/gu, '');

/** True when one slip (a letter too many, missing, wrong or swapped) explains the difference. */
function isOneSlipApart(a: string, b: string): boolean {
  if (Math.abs(a.length - b.length) > 1) return false;
  let start = 0;
  while (start < a.length && start < b.length && a[start] === b[start]) start++;
  let endA = a.length;
  let endB = b.length;
  while (endA > start && endB > start && a[endA - 1] === b[endB - 1]) {
    endA--;
    endB--;
  }
  const [leftA, leftB] = [endA - start, endB - start];
  if (leftA <= 1 && leftB <= 1) return true;
  return leftA === 2 && leftB === 2 && a[start] === b[start + 1] && a[start + 1] === b[start];
}

/** How well a part of a name answers what was typed: 100 the same, 0 not at all. */
export function closeness(part: string, sound: string, typed: string, typedSound: string): number {
  if (part === typed) return 100;
  if (part.startsWith(typed)) return 80;
  if (typedSound.length > 0 && sound === typedSound) return 70;
  if (typed.length >= 4 && isOneSlipApart(part, typed)) return 60;
  if (typedSound.length >= 3 && sound.startsWith(typedSound)) return 40;
  return 0;
}

/** MRN from its beginning or its end (people read out the last digits), or anywhere for three signs and more. */
export function mrnScore(mrn: string, typed: string): number {
  if (mrn === '' || typed === '') return 0;
  if (mrn === typed) return 120;
  if (mrn.startsWith(typed)) return 85;
  if (typed.length >= 3 && mrn.endsWith(typed)) return 90;
  return typed.length >= 3 && mrn.includes(typed) ? 50 : 0;
}

export function placeScore(place: string, typed: string): number {
  if (typed.length < 2 || place === '') return 0;
  if (place === typed) return 110;
  return place.startsWith(typed) ? 75 : 0;
}
