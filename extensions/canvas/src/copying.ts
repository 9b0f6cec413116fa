/** Text onto the system's clipboard. */

/** Return whether it is there now: a page that is not trusted may not write. */
export async function copyText(text: string): Promise<boolean> {
  try {
    await navigator.clipboard.writeText(text);
    return true;
  } catch {
    return false;
  }
}
