/** Text with percent signs, as addresses and cookies hold it; null where it is none. */
export function decoded(text: string): string | null {
  try {
    return decodeURIComponent(text);
  } catch {
    return null;
  }
}
