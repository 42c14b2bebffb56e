// Before the first paint, so that no frame has other colours than those chosen; the policy allows no script in the page.
document.documentElement.dataset.theme = localStorage.getItem("lookout.theme") ?? "system";
