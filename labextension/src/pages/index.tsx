/** The pages of the hub: one bundle, one shell, a page for each address. */
import '../../style/pages.css';
import { createRoot } from 'react-dom/client';
import { App } from './App';
import { readConfig } from './config';

const root =
  document.getElementById('gemini-root') ?? document.body.appendChild(document.createElement('div'));
createRoot(root).render(<App config={readConfig()} />);
