/** "Senior Registrar" → "senior-registrar"; a number is put behind where another one has it already. */
export function designationCode(name: string, others: readonly string[]): string {
  const plain =
    name
      .normalize('NFD')
      .replaceAll(/\p{M}/gu, '')
      .toLowerCase()
      .replaceAll(/[^a-z0-9]+/g, '-')
      .replaceAll(/^-|-$/g, '')
      .slice(0, 36) || 'designation';
  for (let number = 1; ; number++) {
    const code = number === 1 ? plain : `${plain}-${number}`;
    if (!others.includes(code)) return code;
  }
}
