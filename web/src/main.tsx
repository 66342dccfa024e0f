import { render } from 'preact';
import { Shell } from './app/shell.tsx';
import './app/theme.ts';
import { watchLooks } from './live/looks.ts';
import { signIn } from './live/session.ts';
import './style/base.css';
import './style/shell.css';
import './style/parts.css';
import './style/views.css';
import './style/health.css';
import 'uplot/dist/uPlot.min.css';

const root = document.getElementById('app');
if (root === null) throw new Error('the page has its root');
void signIn();
watchLooks();
render(<Shell />, root);
