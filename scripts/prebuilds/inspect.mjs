// Reads what binutils print about an addon. Nothing here runs a program, so that tests can hand it texts.

/** Names of the shared libraries in the output of `readelf --dynamic`. */
export const neededLibraries = (text) => [...text.matchAll(/\(NEEDED\).*\[(.+)\]/g)].map(([, name]) => name)

/** Whether `readelf --dynamic` tells of a folder to look for libraries in, which would be one of the builder's machine. */
export const hasRunPath = (text) => /\((RPATH|RUNPATH)\)/.test(text)

/** Whether the addon stays in memory once loaded: Node unloads it when a worker ends, while its threads may still run. */
export const staysLoaded = (text) => /FLAGS_1.*NODELETE/.test(text)

/** Whether `readelf --segments` asks for a stack that code can run on, which hardened systems refuse to give. */
export const wantsExecutableStack = (text) => /GNU_STACK.*\n?.*\sRWE\s/.test(text)

/** The newest version of a family of symbols (`GLIBC`, `GLIBCXX`) in the output of `objdump -T`; undefined for none. */
export function newestVersion(text, family) {
  const versions = [...text.matchAll(new RegExp(`\\b${family}_([0-9.]+)`, 'g'))].map(([, version]) => version)
  return versions.reduce(
    (newest, version) => (newest === undefined || isNewer(version, newest) ? version : newest),
    undefined,
  )
}

/** Whether one dotted version is newer than another. */
export function isNewer(version, other) {
  const [left, right] = [version, other].map((text) => text.split('.').map(Number))
  const place = left.findIndex((part, index) => part !== (right[index] ?? 0))
  return place === -1 ? false : left[place] > (right[place] ?? 0)
}

/** Names of the symbols in the output of `nm --defined-only`, of Linux or macOS. */
export const symbolNames = (text) =>
  [...text.matchAll(/^[0-9a-f]* ?([A-Za-z]) (\S+)/gm)].map(([, , name]) => name.replace(/^_(?=n)/, ''))

/** Shared libraries in the output of `otool -L`, its first line apart. */
export const macLibraries = (text) =>
  text
    .split('\n')
    .slice(1)
    .map((line) => line.trim().split(' ')[0])
    .filter(Boolean)

const laterInstructions =
  /^(addsubp[sd]|h(add|sub)p[sd]|lddqu|mov(s[hl]|d)dup|fisttp.*|p(abs|sign)[bwd]|palignr|ph(add|sub)(w|d|sw)|pmaddubsw|pmulhrsw|pshufb|p?blend.*|dpp[sd]|extractps|insertps|mpsadbw|packusdw|pcmp(eqq|gtq|[ei]str[im])|pextr[bdq]|pinsr[bdq]|phminposuw|p(max|min)(sb|sd|ud|uw)|pmov[sz]x.*|pmul(dq|ld)|ptest|round[ps][sd]|movntdqa|crc32.?|popcnt.?|andn|bextr|bls(i|r|msk)|mulx|pdep|pext|rorx|s(ar|hl|hr)x|aes.*|pclmul.*)$/

/**
 * Whether a line of `objdump --disassemble` is an instruction that a processor of x86-64's baseline (SSE2) may not know:
 * AVX and later by their operands and leading v, SSE3 to SSE4.2, FMA and BMI2 by name.
 */
export function isBeyondBaseline(line) {
  const instruction = line.match(
    /^\s*[0-9a-f]+:\t(?:(?:lock|rep|repz|repnz|data16|notrack|bnd) )*([a-z0-9]+)\s*(.*)$/,
  )
  if (!instruction) return false
  const [, name, operands] = instruction
  if (/^v/.test(name)) return /%[xyz]mm/.test(operands) || name.startsWith('vzero')
  return laterInstructions.test(name)
}
