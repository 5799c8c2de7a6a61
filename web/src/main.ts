import { mount } from "svelte";
import "./styles/fonts.css";
import "./styles/tokens.css";
import "./styles/base.css";
import App from "./App.svelte";
import { startNavigation } from "./lib/navigation.svelte";

const target = document.getElementById("app");
if (target === null) throw new Error("index.html has the element the console is mounted in");
startNavigation();
mount(App, { target });
