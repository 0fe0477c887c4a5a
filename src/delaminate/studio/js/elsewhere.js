// Runs before anything is drawn: the page as it comes is the home screen, which an address of another must not show.

document.documentElement.toggleAttribute("data-elsewhere", location.hash.length > 2);
