(module (@custom "component-type:x" "broken"))
