/**
 * Instructions that a processor of x86-64's baseline (SSE2) may not know, by the set that brought them, as objdump calls
 * them. `tzcnt` is not among them: an older processor takes it for `bsf`, as compilers want where both give the same.
 */
const laterSets = {
  SSE3: 'addsubp[sd] h(add|sub)p[sd] lddqu mov(s[hl]|d)dup fisttp.* monitor mwait',
  SSSE3: 'pabs[bwd] psign[bwd] palignr ph(add|sub)(w|d|sw) pmaddubsw pmulhrsw pshufb',
  'SSE4.1':
    'p?blend.* dpp[sd] extractps insertps mpsadbw packusdw pcmpeqq pextr[bdq] pinsr[bdq] phminposuw ' +
    'p(max|min)(sb|sd|ud|uw) pmov[sz]x.* pmul(dq|ld) ptest round[ps][sd] movntdqa',
  'SSE4.2': 'pcmp(gtq|[ei]str[im].?) crc32.? popcnt.?',
  'SSE4a and 3DNow!': 'extrq insertq movnts[sd] femms pf.* pi2f[dw] pavgusb pmulhrw pswapd',
  'scalar, x86-64-v2 and v3': 'cmpxchg16b lahf sahf rdtscp lzcnt.? movbe.?',
  BMI: 'andn.? bextr.? bls(i|r|msk).? bzhi.? mulx.? pdep.? pext.? rorx.? s(ar|hl|hr)x.?',
  ADX: 'ad[co]x.?',
  'encryption and checksums': 'aes.* pclmul.* sha(1|256).+ gf2p8.* encodekey.*',
  'random numbers': 'rd(rand|seed).?',
  'AVX-512 masks': 'k[a-z]+',
  AMX: 'tile.+ (ld|st)tilecfg tdp.+',
  'state, memory and power':
    '(rd|wr)[fg]sbase.? rdpid xsave.* xrstor.* x(begin|end|abort|test) cl(flushopt|wb|demote) ' +
    'movdir(i|64b) umonitor umwait tpause ptwrite.? serialize',
}

const laterInstruction = new RegExp(`^(${Object.values(laterSets).join(' ').replaceAll(' ', '|')})$`)

const prefix =
  '(?:rex(?:\\.[WRXB]+)?|lock|repn?z?|data(?:16|32)|addr32|notrack|bnd|x(?:acquire|release)|[cdefgs]s)'

// An address, what stands before the name, the name (in braces an encoding that objdump names), and the operands.
const disassembled = new RegExp(`^\\s*[0-9a-f]+:\\t(?:(?:${prefix}|\\{[a-z0-9]+\\}) +)*([a-z0-9]+)\\s*(.*)$`)

/** Whether a line of `objdump --disassemble` is an instruction beyond the baseline. */
export function isBeyondBaseline(line) {
  const instruction = line.match(disassembled)
  if (!instruction) return false
  const [, name, operands] = instruction
  // AVX and later start with v; so do instructions of virtual machines and of segments, on other registers.
  if (/^v/.test(name)) return /%[xyz]mm/.test(operands) || /^v(zero|ldmxcsr|stmxcsr)/.test(name)
  // SSE2 extracts a word into a register, SSE4.1 into memory.
  if (name === 'pextrw') return /%xmm\d+,.*\(/.test(operands)
  return laterInstruction.test(name)
}
