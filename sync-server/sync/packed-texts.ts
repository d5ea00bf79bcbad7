/**
 * Many short texts outside V8's heap, one after the other. A UUID in a text takes 17 bytes instead of 36 characters; what an id of three UUIDs takes as
 * a string, 128 bytes, is the larger part of what is known about an alert.
 */
export class PackedTexts {
  private bytes = Buffer.alloc(firstBytes);
  private end = 0;
  private unused = 0;

  /** Where it stands from now on. */
  add(text: string): number {
    const packed = pack(text);
    const place = this.end;
    const needed = place + lengthBytes + packed.length;
    if (needed > this.bytes.length) {
      const wider = Buffer.alloc(Math.max(needed, Math.ceil(this.bytes.length * growth)));
      this.bytes.copy(wider, 0, 0, place);
      this.bytes = wider;
    }
    this.bytes.writeUInt16LE(packed.length, place);
    packed.copy(this.bytes, place + lengthBytes);
    this.end = needed;
    return place;
  }

  at(place: number): string {
    return unpack(this.packedAt(place));
  }

  /** Whether this text stands there; `packed`: as `pack` makes it, for a text that is looked for in several places. */
  isAt(place: number, packed: Buffer): boolean {
    return this.packedAt(place).equals(packed);
  }

  drop(place: number): void {
    this.unused += lengthBytes + this.bytes.readUInt16LE(place);
  }

  /** More than half of it is of texts that were dropped: to be filled anew. */
  get isWasteful(): boolean {
    return this.unused > firstBytes && this.unused > this.end / 2;
  }

  private packedAt(place: number): Buffer {
    const from = place + lengthBytes;
    return this.bytes.subarray(from, from + this.bytes.readUInt16LE(place));
  }
}

const firstBytes = 64 * 1024;
const growth = 1.25;
const lengthBytes = 2;
const uuidMark = 1;
const textMark = 2;
const longestText = 255;
const uuidLength = 36;

/** Value of each lower-case hexadecimal digit by its character code; 16: none. */
const digitOf = new Uint8Array(128).fill(16);
for (let value = 0; value < 16; value++) digitOf[value.toString(16).charCodeAt(0)] = value;
const dash = '-'.charCodeAt(0);
const isDashPlace = (at: number): boolean => at === 8 || at === 13 || at === 18 || at === 23;

/** Texts are packed here one after the other: a buffer for each part of each would cost more than all else. */
let scratch = Buffer.alloc(4096);

/** Writes the UUID that begins at `from` to `place`; false when there is none. */
function packUuid(text: string, from: number, place: number): boolean {
  if (text.charCodeAt(from + 8) !== dash || from + uuidLength > text.length) return false;
  let to = place;
  let high = -1;
  for (let at = 0; at < uuidLength; at++) {
    const code = text.charCodeAt(from + at);
    if (isDashPlace(at)) {
      if (code !== dash) return false;
      continue;
    }
    const digit = code < 128 ? (digitOf[code] ?? 16) : 16;
    if (digit === 16) return false;
    if (high === -1) high = digit;
    else {
      scratch[to++] = high * 16 + digit;
      high = -1;
    }
  }
  return true;
}

/** Writes a text that holds no UUID. Returns where it ends. */
function packPlain(text: string, place: number): number {
  let to = place;
  const bytes = Buffer.from(text);
  for (let from = 0; from < bytes.length; from += longestText) {
    const length = Math.min(longestText, bytes.length - from);
    scratch[to++] = textMark;
    scratch[to++] = length;
    to += bytes.copy(scratch, to, from, from + length);
  }
  return to;
}

/** Equal texts have equal bytes. Good until the next call. Throws for more than 65,535 of them: no id is that long. */
export function pack(text: string): Buffer {
  // No character takes more than three bytes, no part fewer than one character.
  if (text.length * 4 + 64 > scratch.length) scratch = Buffer.alloc(text.length * 8);
  let end = 0;
  let plainFrom = 0;
  for (let at = 0; at + uuidLength <= text.length;) {
    const isUuid = text.charCodeAt(at + 8) === dash && packUuid(text, at, end + 1);
    if (!isUuid) {
      at++;
      continue;
    }
    if (plainFrom < at) {
      end = packPlain(text.slice(plainFrom, at), end);
      packUuid(text, at, end + 1);
    }
    scratch[end] = uuidMark;
    end += 17;
    at += uuidLength;
    plainFrom = at;
  }
  if (plainFrom < text.length) end = packPlain(text.slice(plainFrom), end);
  if (end > 0xffff) throw new Error('a text is too long to be packed');
  return scratch.subarray(0, end);
}

function unpack(packed: Buffer): string {
  let text = '';
  /** Characters of several bytes may lie across two parts. */
  let held: Buffer[] = [];
  const flush = (): void => {
    if (held.length > 0) text += (held.length === 1 ? held[0] : Buffer.concat(held))?.toString('utf8') ?? '';
    held = [];
  };
  for (let at = 0; at < packed.length;) {
    if (packed[at] === uuidMark) {
      flush();
      const hex = packed.toString('hex', at + 1, at + 17);
      text += `${hex.slice(0, 8)}-${hex.slice(8, 12)}-${hex.slice(12, 16)}-${hex.slice(16, 20)}-${hex.slice(20)}`;
      at += 17;
    } else {
      const length = packed[at + 1] ?? 0;
      held.push(packed.subarray(at + 2, at + 2 + length));
      at += 2 + length;
    }
  }
  flush();
  return text;
}
