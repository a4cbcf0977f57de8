export function withSection(text: string, name: string, body: string): string
export function readProof(name: string): string
export function provenance(): string
export function writeProof(name: string, lines: readonly string[]): void
