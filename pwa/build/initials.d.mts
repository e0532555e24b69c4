export function characters(): string[]
export function make(): { letters: string; also: Record<string, string> }
