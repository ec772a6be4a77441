"""The page's style sheet: light and dark, on screen and on paper."""

STYLE = """
:root { color-scheme: light dark;
  --ground: #fff; --panel: #f6f8fa; --text: #1c2127; --muted: #5d6670; --rule: #d9dee4;
  --class0: #0068a8; --class1: #b04a00; --good: #007a55; --bad: #bb2020; --second: #a03a80; }
@media (prefers-color-scheme: dark) { :root {
  --ground: #12161b; --panel: #1a2027; --text: #e4e8ec; --muted: #97a1ab; --rule: #303842;
  --class0: #56b4e9; --class1: #e69f00; --good: #33b58b; --bad: #f07167; --second: #d98cc0; } }
* { box-sizing: border-box; }
body { margin: 0 auto; max-width: 1020px; padding: 32px 24px 48px; background: var(--ground);
  color: var(--text); font: 15px/1.5 system-ui, -apple-system, "Segoe UI", Roboto, sans-serif; }
h1 { font-size: 26px; line-height: 1.2; margin: 0 0 4px; overflow-wrap: anywhere; }
h2 { font-size: 17px; margin: 36px 0 10px; padding-bottom: 4px; border-bottom: 1px solid var(--rule); }
h3 { font-size: 15px; margin: 0 0 8px; }
p { margin: 6px 0; } .muted, figcaption, caption { color: var(--muted); }
.banner { border-left: 4px solid var(--class1); background: var(--panel); padding: 10px 14px;
  margin: 14px 0; font-weight: 600; }
.tiles { display: grid; grid-template-columns: repeat(auto-fit, minmax(150px, 1fr)); gap: 10px;
  margin: 18px 0; }
.tile { background: var(--panel); border: 1px solid var(--rule); border-radius: 8px; padding: 10px 14px; }
.tile b { display: block; font-size: 24px; line-height: 1.2; font-variant-numeric: tabular-nums; }
.tile span { color: var(--muted); font-size: 13px; display: block; }
.pair { display: grid; grid-template-columns: repeat(auto-fit, minmax(380px, 1fr)); gap: 24px; }
table { border-collapse: collapse; font-variant-numeric: tabular-nums; }
th, td { text-align: right; padding: 4px 12px 4px 0; border-bottom: 1px solid var(--rule);
  white-space: nowrap; }
th { color: var(--muted); font-weight: 500; } th:first-child, td:first-child { text-align: left; }
td svg { display: block; }
.facts td { white-space: normal; overflow-wrap: anywhere; text-align: left; } .facts th { text-align: left;
  vertical-align: top; white-space: nowrap; }
.list { display: grid; grid-template-columns: repeat(auto-fill, minmax(220px, 1fr)); gap: 0 24px;
  margin: 0; }
.list div { display: flex; justify-content: space-between; border-bottom: 1px solid var(--rule);
  padding: 4px 0; }
.list dt { color: var(--muted); } .list dd { margin: 0; overflow-wrap: anywhere; }
.scroll { overflow-x: auto; }
figure { margin: 0; } figure > svg { max-width: 100%; height: auto; }
.matrix td, .matrix th { text-align: center; padding: 10px 18px; border: 1px solid var(--rule); }
.matrix .right { background: color-mix(in srgb, var(--good) 18%, transparent); }
.matrix .wrong { background: color-mix(in srgb, var(--bad) 18%, transparent); }
.matrix b { font-size: 20px; display: block; }
.gallery { display: grid; grid-template-columns: repeat(auto-fill, minmax(146px, 1fr)); gap: 14px; }
.gallery img { width: 100%; image-rendering: pixelated; border-radius: 4px; display: block;
  background: #000; }
.gallery figcaption { font-size: 13px; line-height: 1.35; margin-top: 4px; }
table.matrix.small td { padding: 3px 6px; font-size: 12px; min-width: 34px; }
.up { color: var(--good); } .down { color: var(--bad); }
.class0 { --ink: var(--class0); } .class1 { --ink: var(--class1); } .accent { --ink: var(--class0); }
.second { --ink: var(--second); } .good { --ink: var(--good); } .warn { --ink: var(--class1); }
.quiet { --ink: var(--muted); }
.grid { stroke: var(--rule); stroke-width: 1; fill: none; }
.line { stroke: var(--ink); stroke-width: 2; fill: none; stroke-linejoin: round; }
.dashed { stroke-dasharray: 4 4; stroke-width: 1.3; }
.mark { fill: var(--ink); stroke: var(--ground); stroke-width: 1.2; }
.faint { fill: var(--ink); fill-opacity: .45; } .bar { fill: var(--class0); fill-opacity: .22; }
.tick { fill: var(--muted); font-size: 11px; } .axis { fill: var(--muted); font-size: 12px; }
svg text { font-family: inherit; }
footer { margin-top: 40px; padding-top: 12px; border-top: 1px solid var(--rule); color: var(--muted);
  font-size: 13px; }
@media print { body { max-width: none; padding: 0; } section { break-inside: avoid; } }
"""
