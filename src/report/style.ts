import { darkTheme, lightTheme, themeVariables } from './theme.js'

const light = `${themeVariables(lightTheme)}; --panel: #f4f6f8; --muted: #57606a; --link: #0a58a8; --good: #0b6b45; --bad: #a83200; --open: #6b5200`
const dark = `${themeVariables(darkTheme)}; --panel: #1d2226; --muted: #a3abb3; --link: #7cc0f5; --good: #4cd6a0; --bad: #ff9a66; --open: #e6c65c`

/** The style of a report page: light, dark and print. */
export const style = `
:root { color-scheme: light dark; ${light} }
@media (prefers-color-scheme: dark) { :root { ${dark} } }
* { box-sizing: border-box }
body { margin: 0 auto; padding: 1.5rem 1.25rem 4rem; max-width: 76rem; background: var(--background); color: var(--text); font: 16px/1.5 system-ui, sans-serif }
h1 { font-size: 1.9rem; line-height: 1.2; margin: 0 0 .5rem }
h2 { font-size: 1.45rem; margin: 3rem 0 .5rem; padding-top: 1rem; border-top: 2px solid var(--faint) }
h3 { font-size: 1.1rem; margin: 1.6rem 0 .4rem }
h4 { font-size: 1rem; margin: 0 0 .4rem }
p, ul { margin: .4rem 0; max-width: 75ch; overflow-wrap: anywhere }
a { color: var(--link) }
:focus-visible { outline: 3px solid var(--link); outline-offset: 2px }
code { font: .88em ui-monospace, monospace; overflow-wrap: anywhere }
.skip { position: absolute; left: -99rem }
.skip:focus { left: 1rem; background: var(--background); padding: .5rem }
.muted, figcaption { color: var(--muted) }
.notice { border: 2px solid var(--bad); border-left-width: .6rem; padding: .6rem 1rem; max-width: none; font-weight: 600 }
.wide { overflow-x: auto }
table { border-collapse: collapse; font-variant-numeric: tabular-nums; margin: .6rem 0 }
th, td { text-align: left; vertical-align: top; padding: .35rem .7rem; border-bottom: 1px solid var(--faint); overflow-wrap: anywhere }
thead th { background: var(--panel); border-bottom: 2px solid var(--muted) }
tbody th { font-weight: 500 }
caption { text-align: left; color: var(--muted); padding: .3rem 0 }
.verdicts { width: 100%; min-width: 46rem }
.verdicts tbody { border-bottom: 2px solid var(--faint) }
.verdicts .claim { width: 40% }
.number { white-space: nowrap }
.interval { display: block; color: var(--muted); font-size: .9em }
.verdict { white-space: nowrap; font-weight: 650 }
.verdict::before { display: inline-block; width: 1.4em }
.reproduced { color: var(--good) } .reproduced::before { content: "✓" }
.not-reproduced { color: var(--bad) } .not-reproduced::before { content: "✗" }
.inconclusive { color: var(--open) } .inconclusive::before { content: "?" }
dl { display: grid; grid-template-columns: max-content 1fr; gap: .1rem 1rem; margin: .5rem 0 }
dt { color: var(--muted) } dd { margin: 0; overflow-wrap: anywhere }
summary { cursor: pointer; color: var(--link) }
figure { margin: 1.5rem 0 2rem; padding: 1rem; border: 1px solid var(--faint); border-radius: .5rem; max-width: 56rem; break-inside: avoid }
.plot { overflow-x: auto }
.images img { display: block; max-width: 100%; image-rendering: pixelated }
.plot svg { display: block; max-width: 100%; height: auto; min-width: 26rem }
figcaption { max-width: 85ch; margin-top: .5rem }
.files a { margin-right: .8rem }
.control { display: flex; gap: .6rem; align-items: center; flex-wrap: wrap }
.control input { width: min(24rem, 70vw); accent-color: var(--link) }
select { font: inherit; color: inherit; background: var(--panel); border: 1px solid var(--muted); border-radius: .3rem; padding: .15rem .4rem }
@media (max-width: 40rem) { dl { grid-template-columns: 1fr } dt { margin-top: .4rem } }
@media print {
  :root { color-scheme: light; ${light} }
  body { max-width: none; padding: 0; font-size: 10pt }
  .files, .control input, .skip, summary { display: none }
  thead { display: table-header-group }
  tr, .notice, h2, h3, h4 { break-inside: avoid; break-after: auto }
  h2, h3, h4 { break-after: avoid }
  .verdicts { min-width: 0 }
}
`
