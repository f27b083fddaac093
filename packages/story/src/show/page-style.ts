import { BAR_SHAPES, DARK, LIGHT, barRules } from './palette';

const DEPTHS = Array.from({ length: 13 }, (_, depth) => `.in${depth}{padding-left:${depth * 14}px}`).join('');

function theme(colours: typeof LIGHT): string {
  const { page, panel, ink, soft, rule, bad, badTint, warn, good, gap } = colours;
  const services = colours.services.map((colour, index) => `.by.s${index}{color:${colour}}`).join('');
  return `:root{--page:${page};--panel:${panel};--ink:${ink};--soft:${soft};--rule:${rule};--bad:${bad};--bad-tint:${badTint};--warn:${warn};--good:${good};--gap:${gap}}${services}${barRules(colours)}`;
}

/** The page's style sheet: system fonts, light or dark as the system is set, light on paper. */
export const STYLE = `
:root{color-scheme:light dark}
${theme(LIGHT)}
@media screen and (prefers-color-scheme:dark){${theme(DARK)}}
*{box-sizing:border-box}
body{margin:0;background:var(--page);color:var(--ink);font:15px/1.5 system-ui,-apple-system,"Segoe UI",Roboto,"Helvetica Neue",sans-serif;-webkit-text-size-adjust:100%}
main,header,footer{max-width:1240px;margin:0 auto;padding:0 24px}
header{padding-top:32px}
h1{font-size:15px;font-weight:400;color:var(--soft);margin:0 0 10px}
h1 bdi{font-family:ui-monospace,SFMono-Regular,Menlo,Consolas,monospace;color:var(--ink);font-weight:600;overflow-wrap:anywhere}
h2{font-size:15px;margin:0}
.state{display:inline-block;padding:1px 10px;margin-right:8px;border-radius:99px;border:1px solid;font-size:13px;font-weight:600;color:var(--soft)}
.state.failed,.bad{color:var(--bad)}.state.ok{color:var(--good)}.state.unfinished,.state.unknown{color:var(--warn)}
.verdict{margin:0 0 4px;font-size:16px;max-width:75ch}
.verdict:first-of-type{font-size:22px;line-height:1.35;font-weight:600;letter-spacing:-.01em;margin-bottom:8px}
.facts{color:var(--soft);font-size:13.5px;margin:10px 0 0;overflow-wrap:anywhere}
ul.notes{margin:14px 0 0;padding:0;list-style:none;font-size:14px;color:var(--soft)}
ul.notes li{margin:2px 0}ul.notes b{color:var(--ink);font-weight:600}
a{color:inherit;text-underline-offset:2px}
section{background:var(--panel);border:1px solid var(--rule);border-radius:10px;margin:22px 0;padding:16px 18px}
.title{display:flex;align-items:baseline;justify-content:space-between;gap:16px;margin-bottom:8px}
button,input{font:inherit;color:inherit;background:var(--panel);border:1px solid var(--soft);border-radius:6px;padding:4px 10px}
button{font-size:13.5px;cursor:pointer}
:focus-visible{outline:2px solid var(--ink);outline-offset:1px;border-radius:4px}
ol{list-style:none;margin:0;padding:0}
.axis,.row>details>summary{display:grid;grid-template-columns:minmax(0,42fr) 54px 84px minmax(0,58fr);column-gap:12px;align-items:center}
.axis{position:sticky;top:0;z-index:1;background:var(--panel);border-bottom:1px solid var(--rule);font-size:12.5px;color:var(--soft);padding:2px 4px}
.axis span:nth-child(2),.axis span:nth-child(3),.status,.ms{text-align:right}
.axis text{font-size:12px}
.row{border-bottom:1px solid var(--rule)}.row:last-child{border-bottom:0}
.row>details>summary{cursor:pointer;padding:1px 4px;min-height:34px;list-style:none;border-radius:4px}
.row>details>summary::-webkit-details-marker{display:none}
.row>details>summary:hover{background:var(--page)}
.row>details.off>summary{opacity:.55}
.who{min-width:0;display:flex;align-items:center;white-space:nowrap}
.who>*{flex:none}.who .name{flex:0 1 auto;overflow:hidden;text-overflow:ellipsis;margin-right:6px}.who .what{flex:0 1000 auto;min-width:3em;overflow:hidden;text-overflow:ellipsis}
${DEPTHS}
.who::before{content:"";display:inline-block;border:4px solid transparent;border-left:6px solid var(--soft);margin-right:2px;flex:none}
details[open]>summary .who::before{transform:rotate(90deg) translate(2px,2px)}
.mark{margin-right:6px}
.name{font-weight:600}.what{color:var(--soft)}
.tag,.found{font-size:12px;border:1px solid var(--rule);border-radius:99px;padding:0 7px;margin-left:6px;color:var(--soft)}
.found{color:var(--page);background:var(--ink);border-color:var(--ink)}
.status,.ms{font-variant-numeric:tabular-nums;white-space:nowrap}
.status{font-weight:600}
svg.bar,svg.ticks{width:100%;display:block;overflow:visible}
.inside{padding:2px 4px 16px 22px}
.inside .facts{margin:2px 0 6px}
table{border-collapse:collapse;font-size:13.5px;margin:8px 0;max-width:100%}
caption{text-align:left;font-weight:600;padding:4px 0}
th,td{text-align:right;padding:2px 14px 2px 0;font-variant-numeric:tabular-nums;white-space:nowrap}
th{font-weight:400;color:var(--soft)}
td.target,th:nth-child(2){text-align:left;white-space:normal;overflow-wrap:anywhere}
.lines{font-family:ui-monospace,SFMono-Regular,Menlo,Consolas,"Liberation Mono",monospace;font-size:12.75px;line-height:1.55;margin-top:8px}
.lines li{display:grid;grid-template-columns:92px 52px minmax(0,1fr);column-gap:12px;padding:1px 6px;border-radius:4px;content-visibility:auto;contain-intrinsic-size:auto 22px}
.lines li[hidden]{display:none}
.lines li:target{outline:2px solid var(--soft)}
.lines>.error,.lines>.fatal{background:var(--bad-tint)}
.lines .when{text-align:right;color:var(--soft);text-decoration:none;font-variant-numeric:tabular-nums;white-space:nowrap}
.lines .when:hover{text-decoration:underline}
.level{color:var(--soft)}.warn .level{color:var(--warn);font-weight:600}
li.error .level,li.fatal .level{color:var(--bad);font-weight:600}
.by{display:none;font-weight:600;overflow:hidden;text-overflow:ellipsis;white-space:nowrap}
#merged .by{display:block}#merged .pause{display:none}
#merged li{grid-template-columns:92px 120px 52px minmax(0,1fr)}
.text{white-space:pre-wrap;overflow-wrap:anywhere;min-width:0;tab-size:4}
.field{color:var(--soft)}.field b{font-weight:400}
.text .error{display:block}
details.error,span.error{color:var(--bad);white-space:pre-wrap;overflow-wrap:anywhere}
.error summary{cursor:pointer}
.error pre{margin:2px 0 4px;white-space:pre-wrap;overflow-wrap:anywhere;color:var(--ink);font:12.5px/1.5 ui-monospace,SFMono-Regular,Menlo,Consolas,monospace}
.code{color:var(--soft)}
.pause{grid-column:1/-1;color:var(--soft);font-style:italic;padding-left:104px}
.attempts{font-size:13.5px}
.key{display:flex;flex-wrap:wrap;gap:4px 20px;margin:12px 0 0;padding:0;list-style:none;font-size:13px;color:var(--soft)}
.key svg{vertical-align:-5px;margin-right:6px}
.find{display:flex;flex-wrap:wrap;gap:10px 14px;align-items:center}
.find input{flex:1 1 280px;max-width:560px}
#all{margin-top:10px}#all>summary{cursor:pointer;color:var(--soft)}
::highlight(found){background:#ffe08a;color:#1b2128}
.unseen{position:absolute;width:1px;height:1px;overflow:hidden;clip-path:inset(50%);white-space:nowrap}
[hidden]{display:none!important}
footer{color:var(--soft);font-size:13px;padding-bottom:32px}
@media (max-width:720px){
main,header,footer{padding-left:12px;padding-right:12px}section{padding:12px}
.axis,.row>details>summary{grid-template-columns:minmax(0,1fr) auto auto}
.axis span{display:none}.axis svg,svg.bar{grid-column:1/-1}
.lines li,#merged li{grid-template-columns:auto auto minmax(0,1fr)}.text{grid-column:1/-1}.pause{padding-left:0}
.who .tag{display:none}.inside{padding-left:4px}th:nth-child(5),td:nth-child(5){display:none}th,td{padding-right:8px}
}
@media print{
body,section{background:#fff}body{zoom:.75}section{border:0;padding:0;margin:14px 0}
main,header,footer{max-width:none;padding:0}header{padding-top:0}
.scripted,.who::before{display:none!important}.axis{position:static}
.row,.lines li,tr{break-inside:avoid}.lines li{content-visibility:visible}
svg,.lines>li{-webkit-print-color-adjust:exact;print-color-adjust:exact}
@page{size:landscape;margin:10mm}
}
${BAR_SHAPES}
`.trim();
