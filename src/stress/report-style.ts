/** The report's only style sheet: two schemes, one column on a narrow screen, no font but the system's. */
export const pageStyle = `
:root{--ground:#fbfaf7;--card:#fff;--ink:#1f2328;--dim:#5c6470;--rule:#e3e0d8;--first:#2563a8;--second:#8a5a00;--third:#a8326e;
--good:#1a7f4b;--bad:#b42318;--mark:#b4231826}
@media (min-width:900px){.tiles{grid-template-columns:repeat(6,1fr)!important}}
@media (prefers-color-scheme:dark){:root{--ground:#14171b;--card:#1c2026;--ink:#e6e8eb;--dim:#9aa3ae;--rule:#2d333b;
--first:#6cb0f5;--second:#e0b050;--third:#f08cbf;--good:#5fd095;--bad:#ff8d80;--mark:#ff8d802e}}
*{box-sizing:border-box}
body{margin:0 auto;max-width:1180px;padding:24px 20px 40px;background:var(--ground);color:var(--ink);
font:15px/1.5 system-ui,sans-serif;font-variant-numeric:tabular-nums}
header{display:flex;flex-wrap:wrap;gap:4px 16px;align-items:baseline}
h1{font-size:24px;margin:0;font-weight:600;overflow-wrap:anywhere}h1 em{font-style:normal;color:var(--dim)}
h2{font-size:17px;margin:28px 0 8px;font-weight:600}h3{font-size:15px;margin:16px 0 4px}
.verdict{margin:0;padding:1px 12px;border-radius:999px;font-weight:600;border:1.5px solid}
.passed{color:var(--good)}.failed{color:var(--bad)}
.sentence{flex-basis:100%;margin:0;color:var(--dim)}
.tiles{list-style:none;margin:20px 0;padding:0;display:grid;gap:10px;grid-template-columns:repeat(auto-fill,minmax(132px,1fr))}
.tiles li{background:var(--card);border:1px solid var(--rule);border-radius:8px;padding:10px 12px}
.tiles b{display:block;font-size:21px;font-weight:600;line-height:1.2}
.tiles span{color:var(--dim);font-size:13px}
.tiles .good b{color:var(--good)}.tiles .bad{border-color:var(--bad)}.tiles .bad b{color:var(--bad)}
.plots{display:grid;gap:16px;grid-template-columns:repeat(auto-fit,minmax(min(100%,460px),1fr))}
figure{margin:0;background:var(--card);border:1px solid var(--rule);border-radius:8px;padding:12px 12px 4px}
figcaption{font-weight:600}figcaption small{font-weight:400;color:var(--dim);font-size:13px}
svg{display:block;width:100%;min-width:460px;height:auto}
svg text{font:12px system-ui,sans-serif}
.label{fill:var(--dim)}.mark{fill:var(--mark)}.mark-name{fill:var(--bad)}svg text.mark-name{font-size:11px}
.grid{stroke:var(--rule)}.line{fill:none;stroke-width:2;stroke-linejoin:round}
.line.first{stroke:var(--first)}.line.second{stroke:var(--second)}.line.third{stroke:var(--third)}
.bar.first,.area.first{fill:var(--first)}.bar.second,.area.second{fill:var(--second)}.bar.third,.area.third{fill:var(--third)}
.area{opacity:.16}
.scroll{overflow-x:auto}
table{border-collapse:collapse;width:100%;background:var(--card);border:1px solid var(--rule);border-radius:8px}
th,td{text-align:left;padding:6px 12px;border-bottom:1px solid var(--rule);vertical-align:top}
td{overflow-wrap:break-word;max-width:70ch}td:first-child{min-width:9ch}th{color:var(--dim);font-weight:500}.number{text-align:right;white-space:nowrap}
tr:last-child td{border-bottom:0}
.findings li{color:var(--bad);overflow-wrap:anywhere}
footer{margin-top:28px;color:var(--dim);font-size:13px}
`;
