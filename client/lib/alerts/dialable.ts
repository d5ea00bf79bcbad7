/** A number as a `tel:` link takes it; what people write between the digits is left out. */
export const dialable = (number: string): string => number.replaceAll(/[^\d+*#]/g, '');
